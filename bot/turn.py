"""One event's way through: read the conversation, take a step, save it, and only then answer."""

from __future__ import annotations

from dataclasses import dataclass

from bot.store import Store
from dialogs.engine import Dialog
from dialogs.events import Event, Message
from dialogs.session import Session, SessionError, dumps, loads


class UnreadableError(Exception):
    """A stored conversation that can't be read; its text says why."""


@dataclass(frozen=True, slots=True)
class Turns:
    """The turns of one conversation.

    Takes the dialog, the store, the conversation's id and the locale a new one begins in.
    """

    dialog: Dialog
    store: Store
    conversation: str
    locale: str = "en"

    def accept(self, event: Event) -> tuple[Message, ...]:
        """Takes an event and returns what to show.

        Nothing is shown that isn't saved: where another process took a turn in between, this
        one is taken again from where that left off. Raises `UnreadableError` and `StoreError`.
        """
        while True:
            kept = self.store.load(self.conversation)
            before = self._read(kept.state) if kept else Session(self.locale)
            after, messages = self.dialog.step(before, event)
            if after == before and kept:
                return messages
            state = dumps(after, self.dialog.flow)
            if self.store.save(self.conversation, state, kept.version if kept else 0):
                return messages

    def check(self) -> None:
        """Raises `UnreadableError` where the stored conversation can't be read."""
        if kept := self.store.load(self.conversation):
            self._read(kept.state)

    def forget(self) -> None:
        """Begins anew: the conversation so far is written over by an empty one."""
        empty = dumps(Session(self.locale), self.dialog.flow)
        while (kept := self.store.load(self.conversation)) and not self.store.save(
            self.conversation, empty, kept.version
        ):
            pass

    def set_aside(self) -> str:
        """Keeps the stored conversation unchanged under another id, returned, so that a new one can begin."""
        return self.store.set_aside(self.conversation)

    def _read(self, state: str) -> Session:
        try:
            return loads(state, self.dialog.flow)
        except SessionError as error:
            raise UnreadableError(str(error)) from None
