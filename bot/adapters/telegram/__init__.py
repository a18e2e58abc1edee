"""Telegram: private chats, by polling or by webhook."""

import os

# Without it the library warns of every wait that Telegram asks for; it has to be set before it is imported.
os.environ.setdefault("PTB_TIMEDELTA", "true")

from bot.adapters.telegram.adapter import Telegram
from bot.adapters.telegram.setup import set_up

__all__ = ["Telegram", "set_up"]
