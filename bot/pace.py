"""How fast a platform may be written to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """The paces of a platform, in seconds from one message to the next; 0 is no limit.

    `chat` is for one conversation and `bot` for all of a bot's together; so many messages may come at
    once after a rest (`chat_burst`, `bot_burst`). The defaults are Telegram's (its FAQ: about a message
    a second in a chat, 30 a second overall), with a little room.
    """

    chat: float = 1.0
    chat_burst: int = 5
    bot: float = 1 / 28
    bot_burst: int = 10

    @staticmethod
    def budget(conversation: str) -> str:
        """What conversations share a bot's pace: ``tg:<bot>``, ``slack:<team>``."""
        return ":".join(conversation.split(":")[:2])
