"""Models in memory: who borrows one keeps it, and nobody borrows what clients may not name. Through the engine: see `test_local`."""

from __future__ import annotations

import math
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from auricle import weights
from auricle.errors import ModelUnavailable, UnknownModel
from auricle.server import models
from auricle.server.models import Models, resident
from auricle.server.settings import Settings


class Recognizer:
    """Something that was loaded."""


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What was loaded and how; nothing really is."""
    asked = list[tuple[str, dict[str, Any]]]()

    def load(model: str, **options: Any) -> Recognizer:
        asked.append((model, options))
        return Recognizer()

    monkeypatch.setattr(models, "load_recognizer", load)
    monkeypatch.setattr(models, "unload_recognizer", lambda *_, **__: True)
    return asked


def given(**settings: Any) -> Models:
    """Models of an operator who prefers tiny.en."""
    return Models(Settings(**{"model": "tiny.en", **settings}), workers=3)


def test_a_model_is_loaded_once(loads: list[tuple[str, dict[str, Any]]]) -> None:
    """As the operator has it, with as many workers as the engine needs; whoever borrows it later gets the same."""
    held = given(concurrency=1, compute_type="int8", device="cpu")
    first, second = held.borrow("tiny.en"), held.borrow("tiny.en")
    assert first is second
    assert first.users == 2
    ((name, options),) = loads
    assert name == "tiny.en"
    assert options == {"device": "cpu", "compute_type": "int8", "threads": held._settings.threads, "workers": 3}


def test_many_threads_borrow_at_once(loads: list[tuple[str, dict[str, Any]]]) -> None:
    """All get the same one, and it has as many users as there are."""
    held, all_there = given(), threading.Barrier(8)
    got = list[models.Loaded]()

    def borrow() -> None:
        all_there.wait(10)
        got.append(held.borrow("tiny.en"))

    threads = [threading.Thread(target=borrow) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, got))) == 1
    assert got[0].users == 8
    assert 1 <= len(loads) <= 8


@pytest.mark.usefixtures("loads")
def test_only_what_nobody_uses_is_unused() -> None:
    """Not while it is lent, nor just after; then until it is lent again."""
    held = given()
    lent = held.borrow("tiny.en")
    assert held.unused(math.inf) == []
    held.give_back(lent)
    assert held.unused(time.monotonic() - 10) == []
    assert held.unused(time.monotonic() + 1) == ["tiny.en"]
    held.borrow("tiny.en")
    assert held.unused(time.monotonic() + 1) == []


@pytest.mark.usefixtures("loads")
def test_what_is_preloaded_is_kept() -> None:
    """However long nobody uses it."""
    held = given(preload=True)
    for name in ("tiny.en", "base"):
        held.give_back(held.borrow(name))
    assert held.unused(time.monotonic() + 1) == ["base"]


def test_forgetting(loads: list[tuple[str, dict[str, Any]]]) -> None:
    """Whoever uses it keeps it; the next one gets another; what is in use again is not forgotten as unused."""
    held = given()
    lent = held.borrow("tiny.en")
    assert not held.forget("tiny.en", since=time.monotonic() + 1)
    assert held.forget("tiny.en")
    assert not held.forget("tiny.en")
    assert held.borrow("tiny.en") is not lent
    held.give_back(lent)
    assert len(loads) == 2
    held.forget_all()
    assert not any(state.loaded for state in held.states())


@pytest.mark.parametrize(("asked", "name"), [(None, "tiny.en"), ("tiny.en", "tiny.en"), ("base", "base")])
def test_names_that_there_are(asked: str | None, name: str) -> None:
    """The default, and those of the catalogue."""
    assert given().official(asked) == name


@pytest.mark.parametrize("asked", ["", "no-such-model", "../tiny.en", "/", str(Path(__file__).parent)])
def test_names_that_there_are_not(asked: str) -> None:
    """No path is a name."""
    with pytest.raises(UnknownModel, match=r"use one of: tiny\.en"):
        given().official(asked)


def test_names_of_what_is_not_here() -> None:
    """They are refused, unless the operator has models fetched; aliases are names."""
    with pytest.raises(ModelUnavailable, match="auricle models pull"):
        given().official("turbo")
    assert given(download=True).official("turbo") == weights.ALIASES["turbo"]


def test_an_operators_directory_goes_by_its_last_part(tmp_path: Path) -> None:
    """Nobody sees where it is, and it may be asked for by that name."""
    held = given(model=str(tmp_path / "mine"))
    assert held.official("mine") == str(tmp_path / "mine")
    assert held.states()[0].id == "mine"


def test_memory_is_looked_at_where_the_system_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Giving it back leaves some; where the system says nothing there is none, and nothing fails."""
    models.return_memory()
    assert resident() > 0 or sys.platform != "linux"
    monkeypatch.setattr(models, "Path", lambda _: Path("/nowhere"))
    assert resident() == 0
