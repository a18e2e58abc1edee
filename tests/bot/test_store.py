"""The store: one file, nothing lost between two who write at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.store import Kept, Store, StoreError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "whatif.db"


def test_what_is_saved_is_there_after_closing(file: Path) -> None:
    with Store(file) as store:
        assert store.load("term:me") is None
        assert store.save("term:me", "one", 0)
        assert store.save("term:me", "two", 1)
    with Store(file) as store:
        assert store.load("term:me") == Kept("two", 2)


def test_who_saves_after_somebody_else_is_told_and_changes_nothing(file: Path) -> None:
    with Store(file) as mine, Store(file) as yours:
        assert mine.save("term:me", "mine", 0)
        assert not yours.save("term:me", "yours", 0)
        assert yours.load("term:me") == Kept("mine", 1)


def test_what_is_set_aside_stays_as_it_is(file: Path) -> None:
    with Store(file) as store:
        for state in ("first", "second"):
            store.save("term:me", state, 0)
            aside = store.set_aside("term:me")
            assert store.load("term:me") is None
            assert store.load(aside) == Kept(state, 1)


def test_one_person_cant_set_aside_for_another(file: Path) -> None:
    with Store(file) as store:
        store.save("term:a%", "hers", 0)
        store.save("term:ab", "his", 0)
        store.set_aside("term:a%")
        assert store.load("term:ab") == Kept("his", 1)


def test_a_folder_that_cant_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"file/whatif\.db.*DATABASE_URL"):
        Store(tmp_path / "file" / "whatif.db")
