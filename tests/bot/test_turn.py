"""A turn: saved before it is shown, and taken again where somebody else was quicker."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.store import Kept, Store
from bot.turn import Turns, UnreadableError
from dialogs.content import load
from dialogs.events import Said, Started

DIALOG = load()


class SlowStore(Store):
    """A store in which somebody else saves first, once."""

    quicker: Turns | None = None

    def save(self, conversation: str, state: str, after: int) -> bool:
        if quicker := self.quicker:
            self.quicker = None
            quicker.accept(Said("the bank"))
        return super().save(conversation, state, after)


def test_two_at_once_are_both_heard_in_turn(tmp_path: Path) -> None:
    file = tmp_path / "whatif.db"
    with SlowStore(file) as slow, Store(file) as store:
        quick, turns = Turns(DIALOG, store, "term:me"), Turns(DIALOG, slow, "term:me")
        quick.accept(Started())
        slow.quicker = quick
        messages = turns.accept(Said("salary_too_low"))
        assert messages[-1].state == "decide/pulls"
        assert '"the bank"' in (store.load("term:me") or Kept("", 0)).state


def test_what_changes_nothing_is_not_written(tmp_path: Path) -> None:
    with Store(tmp_path / "whatif.db") as store:
        turns = Turns(DIALOG, store, "term:me")
        turns.accept(Started())
        turns.accept(Said("why"))
        assert (store.load("term:me") or Kept("", 0)).version == 1


def test_an_unreadable_conversation_is_refused_until_set_aside(tmp_path: Path) -> None:
    with Store(tmp_path / "whatif.db") as store:
        turns = Turns(DIALOG, store, "term:me")
        store.save("term:me", "{", 0)
        with pytest.raises(UnreadableError):
            turns.check()
        with pytest.raises(UnreadableError):
            turns.accept(Started())
        turns.set_aside()
        assert turns.accept(Started())[0].state == "decide/welcome"
