"""The log: one JSON object a line, in which nobody can be told from anybody else's words."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import re
import secrets
import sys
import threading
from datetime import UTC, datetime
from typing import Any, TextIO

from bot.store.seal import secrets_in

log = logging.getLogger(__name__)

_IDS = re.compile(r"\b(tg|slack|term|loopback):[^\s'\",)]+")
"""Conversation ids, wherever a library writes one into its messages."""

_OURS = ("bot", "dialogs")

_FRAMES = 3


class Private(logging.Formatter):
    """A record as JSON: time, level, logger, message, and a conversation's keyed hash where it is of one.

    Takes the keys, of which the first is used; with none, the hashes of one process can't be compared with
    another's. What was said may stand in the text of any exception, so that only its kind and its place
    are written, and nothing that a library attaches to its records is.
    """

    def __init__(self, key: str) -> None:
        super().__init__()
        self._key = next(iter(secrets_in(key)), "").encode() or secrets.token_bytes(32)

    def format(self, record: logging.LogRecord) -> str:
        """A record as a line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _IDS.sub(lambda found: self.hashed(found[0]), self._message(record)),
        }
        if conversation := getattr(record, "conversation", None):
            line["conversation"] = self.hashed(conversation)
        if record.exc_info and (error := record.exc_info[1]):
            line["error"] = f"{type(error).__name__} at {place(error)}"
        return json.dumps(line, ensure_ascii=False)

    def hashed(self, conversation: str) -> str:
        """A conversation's hash, 12 hexadecimal digits."""
        return hmac.new(self._key, conversation.encode(), hashlib.sha256).hexdigest()[:12]

    def _message(self, record: logging.LogRecord) -> str:
        args = record.args
        if record.name.partition(".")[0] not in _OURS and isinstance(args, tuple):
            args = tuple(type(each).__name__ if isinstance(each, BaseException) else each for each in args)
        try:
            message = str(record.msg) % args if args else str(record.msg)
        except (TypeError, ValueError):
            # Complaining of it would print all that it was to be filled with.
            message = str(record.msg)
        if record.exc_info and (said := str(record.exc_info[1])):
            # Procrastinate writes an exception's text into its messages as well.
            message = message.replace(said, type(record.exc_info[1]).__name__)
        return message


def place(error: BaseException) -> str:
    """Where an error was raised: files and lines, the innermost first, and nothing that anybody said."""
    frames = []
    at = error.__traceback__
    while at:
        frames.append(f"{at.tb_frame.f_code.co_filename.rpartition('/')[2]}:{at.tb_lineno}")
        at = at.tb_next
    return " < ".join(reversed(frames[-_FRAMES:])) or "?"


def set_up(level: str, key: str, stream: TextIO | None = None) -> None:
    """Begins to log, also what would be printed with a traceback otherwise.

    Takes the level, which is for us (libraries are heard from warnings on), the key of the hashes, and
    where to, standard error unless given.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Private(key))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # What libraries tell of every statement and job may hold what was said, and the rest is in the metrics.
    root.setLevel(logging.WARNING)
    for ours in _OURS:
        logging.getLogger(ours).setLevel(level)
    # It writes whole answers and updates into its complaints, and raises what it complains of as well.
    logging.getLogger("telegram").setLevel(logging.CRITICAL)
    # A warning's text would be printed with the line of the program that it is about.
    logging.captureWarnings(True)

    def uncaught(_kind: object, error: BaseException, trace: Any) -> None:
        if not isinstance(error, KeyboardInterrupt):
            log.critical("ended by an error of its own", exc_info=(type(error), error, trace))

    sys.excepthook = uncaught
    threading.excepthook = lambda of: log.critical("a thread ended by an error of its own", exc_info=_of(of))
    sys.unraisablehook = lambda of: log.error("an error that nobody could take", exc_info=_of(of))


def of_loop(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Logs what asyncio complains of: its own way prints the task, and with it the exception's text."""
    error = context.get("exception")
    log.error(
        "a task ended by an error that nobody took" if error else "asyncio: %s",
        *(() if error else (context.get("message", "?"),)),
        exc_info=error,
    )


def _of(caught: Any) -> Any:
    return caught.exc_type, caught.exc_value, caught.exc_traceback
