"""The turns under test: the real ones, each message carrying its place in the conversation."""

from __future__ import annotations

from bot.store import Kept
from bot.turn import Turns
from dialogs.events import Message
from dialogs.session import Session
from tests.chaos.scripts import marked


class Marked(Turns):
    """Turns as they are, only that two messages with the same words can be told apart."""

    def step(self, conversation: str, kept: Kept) -> tuple[Session, tuple[Message, ...]]:
        """Runs the dialog (see `Turns.step`)."""
        session, messages = super().step(conversation, kept)
        return session, tuple(marked(message, kept.version, place) for place, message in enumerate(messages))
