"""``whatif chat``: the durable turn, wired to this terminal."""

from __future__ import annotations

import os
import signal
import sys
import time
import uuid
from typing import TYPE_CHECKING

import platformdirs

from bot.adapters.terminal.files import Files
from bot.adapters.terminal.lines import Lines
from bot.dispatch.local import Local, clean
from bot.exits import FOUND
from bot.keyfile import key_file, with_key
from bot.settings import Settings
from bot.store import SQLITE, Database, Keys, Sqlite, StoreError, Transaction, open_database
from bot.turn import Turns
from dialogs.engine import Dialog
from dialogs.events import Event
from dialogs.session import Session, SessionError, dumps, loads
from dialogs.words import Words, templates_folder

if TYPE_CHECKING:
    from bot.adapters.terminal.screen import Screen


async def chat(dialog: Dialog, settings: Settings, name: str, fresh: bool, locale: str) -> int:
    """The conversation in this terminal.

    Takes the dialog, the settings, the conversation's name, whether to begin it anew, and
    the locale it begins in; returns the exit code.
    """
    url = settings.database
    try:
        settings, made = with_key(settings)
        if made:
            _complain(
                f"what you say is sealed with a new key, in {key_file(url)}; without it nobody reads it"
            )
        database = await _ready(url, Keys(settings.secret))
    except StoreError as error:
        _complain(f"{error}\nMeanwhile, this conversation isn't kept.")
        database = Sqlite(":memory:")
        await database.migrate()
    conversation = f"term:{name}"
    terminal: Screen | Lines
    files = Files(platformdirs.user_data_path("whatif") / "files")
    # A terminal that can't move its cursor gets the plain lines that a pipe gets.
    if sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") not in ("dumb", "unknown"):
        from bot.adapters.terminal.screen import Screen

        words = Words(templates_folder(), locale, "terminal")
        terminal = Screen(lambda block, **said: str(words.block("asking", block, said).unescape()), files)
    else:
        terminal = Lines(sys.stdout, files, sys.stderr)
        # The loop would hear of Ctrl-C only after the next line, since reading one blocks it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Its own turns are taken here, whatever else may run on the same database.
    dispatcher = Local(database)
    turns = Turns(dialog, dispatcher, {"term": terminal})

    async def accept(event: Event) -> None:
        await turns.accept(conversation, uuid.uuid4().hex, event, locale)
        await dispatcher.settle(conversation)

    try:
        # Where no `whatif run` is at work, nobody else does.
        await database.run(lambda on: clean(on, time.time()))
        await _readable(dialog, database, conversation, name, url)
        if fresh:
            empty = dumps(Session(locale), dialog.flow)
            await database.run(lambda on: on.write(conversation, empty))
        await turns.start()
        await turns.resume(conversation)
        await dispatcher.settle(conversation)
        if isinstance(terminal, Lines):
            await terminal.run(accept, sys.stdin)
        else:
            await terminal.run(accept)
    except StoreError as error:
        _complain(str(error))
        return FOUND
    finally:
        await dispatcher.stop(patience=0)
        await database.close()
    return 0


async def _ready(url: str, keys: Keys) -> Database:
    database = open_database(url, keys)
    try:
        if isinstance(database, Sqlite):
            await database.migrate()
        elif not await database.is_current():
            raise StoreError("the tables of this database are not up to date; run: whatif migrate")
    except StoreError:
        await database.close()
        raise
    return database


async def _readable(dialog: Dialog, database: Database, conversation: str, name: str, url: str) -> None:
    """Sets a conversation aside that can't be read, and says so."""

    def state(on: Transaction) -> tuple[str, int] | None:
        return on.state(conversation)

    kept, _ = await database.run(state)
    try:
        if kept:
            loads(kept[0], dialog.flow)
    except SessionError as error:
        aside, _ = await database.run(lambda on: on.set_aside(conversation))
        _complain(
            f"the conversation {name!r} can't be read: {error}.\n"
            f"It is kept as it was, as {aside!r} in {url.removeprefix(SQLITE)}. Here is a new one."
        )


def _complain(text: str) -> None:
    print(f"whatif: {text}", file=sys.stderr)
