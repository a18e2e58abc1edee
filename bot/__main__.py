"""The command line, and the one place where real parts are wired together.

Each command imports what it needs when it runs, so that ``whatif --help`` answers at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Collection
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from bot.exits import FOUND, MISUSED

if TYPE_CHECKING:
    from bot.settings import Settings

_Run = Callable[[argparse.Namespace], int]


def main(arguments: list[str] | None = None) -> int:
    """Runs ``whatif``.

    Takes the arguments, the process's own unless given; returns the exit code: 0, 1 where something
    wrong was found, 2 where the command was used wrongly.
    """
    parsed = _parser().parse_args(arguments)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        # A terminal that isn't set up for UTF-8 must not be what ends a conversation.
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    from dialogs.faults import ContentError

    run: _Run = parsed.run
    try:
        code = run(parsed)
        sys.stdout.flush()
    except ContentError as error:
        print(f"whatif: the dialog has faults:\n{error}", file=sys.stderr)
        return FOUND
    except BrokenPipeError:
        # Whoever read the output has left; without this, Python complains of it once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 0
    return code


class _Version(argparse.Action):
    """Says the version; only then is it looked up, which takes as long as all the rest of the help."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"whatif {version('whatif')}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="whatif",
        description="Should I go to this interview, though I don't really want the job?",
        epilog="Begin with: whatif chat",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="say which version this is, and end")
    parser.set_defaults(run=lambda _: parser.error("a command is missing; begin with: whatif chat"))
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def add(name: str, run: _Run, about: str, example: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=about, description=about, epilog=f"example: {example}")
        command.set_defaults(run=run)
        return command

    chat = add("chat", _chat, "the conversation, in this terminal", "whatif chat --name bank")
    chat.add_argument("--name", default="me", help="which conversation to go on with (default: me)")
    chat.add_argument("--fresh", action="store_true", help="start anew")

    add(
        "run", _serve, "the platforms whose variables are set, until SIGTERM",
        "whatif run",
    )  # fmt: skip
    setup = add(
        "setup", _set_up, "make Telegram show what it should of the bot; print Slack's manifest",
        "whatif setup telegram",
    )  # fmt: skip
    setup.add_argument("platform", choices=["telegram", "slack"])
    setup.add_argument(
        "--distributed", action="store_true", help="slack: an app that any workspace may install"
    )
    add("migrate", _migrate, "bring the database's tables up to date", "whatif migrate")
    add("doctor", _doctor, "what is configured, reachable and missing", "whatif doctor")

    advise = add("advise", _advise, "answers in, a verdict out, as JSON", "whatif advise answers.json")
    advise.add_argument("file", metavar="FILE", help="one JSON object, or one a line; - reads standard input")

    understand = add(
        "understand",
        _understand,
        "what a message says, as JSON",
        "whatif understand --jsonl < messages.jsonl",
    )
    understand.add_argument(
        "--jsonl", action="store_true", required=True,
        help='a line {"text", "options": [ids], "locale"?} in, a line out',
    )  # fmt: skip

    replay = add(
        "replay", _authors("run_replay"), "play transcripts and show the first difference",
        "whatif replay tests/transcripts/*.txt",
    )  # fmt: skip
    replay.add_argument("files", metavar="FILE", nargs="+", type=Path)
    replay.add_argument("--coverage", action="store_true", help="also say which states and options they miss")
    replay.add_argument("--update", action="store_true", help="write what is said now into the files")

    add("lint", _authors("run_lint"), "contradictions in flows, templates and locales", "whatif lint")
    points = add(
        "points",
        _authors("run_points"),
        "the 43 points, and where each is reached",
        "whatif points --json | jq .A19",
    )
    points.add_argument("--json", action="store_true", help="with a walk to each, as JSON")
    add("graph", _authors("run_graph"), "the dialog as a Mermaid diagram", "whatif graph > dialog.mmd")
    return parser


def _chat(arguments: argparse.Namespace) -> int:
    import asyncio

    from bot import settings
    from bot.chat import chat
    from bot.semantic import Semantic
    from dialogs.content import load

    try:
        read = settings.read()
    except settings.SettingsError as error:
        print(f"whatif: {error}", file=sys.stderr)
        return MISUSED
    dialog = load(scorer=Semantic(), keep_days=read.keep_days, practice=read.practice)
    return asyncio.run(chat(dialog, read, arguments.name, arguments.fresh, _locale(dialog.words)))


def _serve(_arguments: argparse.Namespace) -> int:
    import asyncio
    import logging

    from bot import logs, settings
    from bot.hold import HeldError
    from bot.keyfile import key_file, with_key
    from bot.metrics import Metrics
    from bot.platforms import configured
    from bot.semantic import Semantic
    from bot.serve import UnheardError, serve
    from bot.store import StoreError
    from dialogs.content import load
    from dialogs.understand import knowledge

    try:
        read = settings.read()
    except settings.SettingsError as error:
        print(f"whatif: {error}", file=sys.stderr)
        return MISUSED
    try:
        unset = not read.secret
        read, _made = with_key(read)
        logs.set_up(read.log_level, read.secret)
        if unset:
            log = logging.getLogger("bot")
            where = key_file(read.database)
            log.warning(
                "SECRET_KEY is not set; what is kept is sealed with the key in %s: keep it safe", where
            )
        scorer = Semantic()
        dialog, metrics = load(scorer=scorer, keep_days=read.keep_days, practice=read.practice), Metrics()
        # It takes seconds to load, in which nobody would be heard at the first unclear message.
        scorer("", (), knowledge(next(iter(dialog.words))).likeness)

        async def run() -> None:
            await serve(read, dialog, configured(read, dialog, metrics), metrics)
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for task in left:
                task.cancel()
            if left and (await asyncio.wait(left, timeout=0.5))[1]:
                # Something waits for a server that doesn't answer, and would keep the process from ending.
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(0)

        asyncio.run(run())
    except (StoreError, HeldError, UnheardError) as error:
        print(f"whatif: {error}", file=sys.stderr)
        return FOUND
    return 0


def _set_up(arguments: argparse.Namespace) -> int:
    from bot import settings

    try:
        # An app on Slack has its tokens only after it was made of this.
        slack = arguments.platform == "slack"
        given = {k: v for k, v in os.environ.items() if not (slack and k.startswith("SLACK_"))}
        read = settings.read(given)
    except settings.SettingsError as error:
        print(f"whatif: {error}", file=sys.stderr)
        return MISUSED
    return _manifest(read.public, arguments.distributed) if slack else _set_up_telegram(read)


def _manifest(public: str, distributed: bool) -> int:
    from bot.platforms import slack_manifest
    from dialogs.content import load

    if distributed and not public:
        print(
            "whatif setup slack: set PUBLIC_URL, which Slack sends whoever installs the app back to",
            file=sys.stderr,
        )
        return MISUSED
    print(slack_manifest(public, load(), distributed), end="")
    print("paste this at api.slack.com/apps, under “Create New App” and “From a manifest”", file=sys.stderr)
    return 0


def _set_up_telegram(read: Settings) -> int:
    import asyncio

    from bot.platforms import set_up_telegram
    from dialogs.content import load

    if not read.telegram:
        print("whatif setup telegram: set TELEGRAM_BOT_TOKEN, which @BotFather gives you", file=sys.stderr)
        return MISUSED
    from telegram.error import InvalidToken, TelegramError

    async def run() -> None:
        changed = False
        async for line in set_up_telegram(read, load()):
            changed = True
            print(line)
        if not changed:
            print("everything was as it should be")

    try:
        asyncio.run(run())
    except InvalidToken:
        print(
            "whatif setup telegram: Telegram doesn't know this TELEGRAM_BOT_TOKEN;"
            " @BotFather shows the right one",
            file=sys.stderr,
        )
        return FOUND
    except TelegramError as error:
        print(
            f"whatif setup telegram: Telegram can't be reached, or wants none of it ({error.message});"
            " see that this machine is online, and try again",
            file=sys.stderr,
        )
        return FOUND
    return 0


def _migrate(_: argparse.Namespace) -> int:
    import asyncio

    from bot import settings
    from bot.keyfile import with_key
    from bot.store import Keys, StoreError, open_database
    from bot.store.reseal import Resealed, reseal

    async def migrate(told: Settings) -> tuple[bool, Resealed]:
        database = open_database(told.database, Keys(told.secret))
        try:
            current = await database.is_current()
            await database.migrate()
            return current, await reseal(database)
        finally:
            await database.close()

    try:
        told, _made = with_key(settings.read())
        current, resealed = asyncio.run(migrate(told))
    except settings.SettingsError as error:
        print(f"whatif: {error}", file=sys.stderr)
        return MISUSED
    except StoreError as error:
        print(f"whatif: {error}", file=sys.stderr)
        return FOUND
    print("the tables were up to date" if current else "the tables are up to date now")
    if resealed.sealed:
        print(f"sealed anew with the first key: {resealed.sealed}")
    if resealed.unopened:
        print(
            f"whatif migrate: no key opens {resealed.unopened} of what is kept, which stays as it is;"
            " add the key it was sealed with to SECRET_KEY, after a comma",
            file=sys.stderr,
        )
        return FOUND
    return 0


def _doctor(_: argparse.Namespace) -> int:
    import asyncio

    from bot.doctor import examine

    findings = asyncio.run(examine())
    for finding in findings:
        print(finding)
    return FOUND if any(finding.wrong for finding in findings) else 0


def _locale(locales: Collection[str]) -> str:
    """The locale to begin in: the terminal's own where there are words for it, the first otherwise."""
    own = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "").partition("_")[0]
    return own if own in locales else next(iter(locales))


def _advise(arguments: argparse.Namespace) -> int:
    import json

    from bot.advise import advise
    from dialogs.content import load

    try:
        raw = sys.stdin.buffer.read() if arguments.file == "-" else Path(arguments.file).read_bytes()
    except OSError as error:
        print(
            f"whatif advise: {arguments.file}: {error.strerror}; name a file, or - to pipe it in",
            file=sys.stderr,
        )
        return MISUSED
    if not raw.strip():
        print(f'whatif advise: {arguments.file}: no answers in it; try {{"prepare": "yes"}}', file=sys.stderr)
        return MISUSED
    code = 0
    for advice in advise(load(), raw.decode("utf-8-sig", errors="replace")):
        print(json.dumps(advice, ensure_ascii=False))
        code = code or (FOUND if "error" in advice else 0)
    return code


def _understand(_: argparse.Namespace) -> int:
    from bot.semantic import Semantic
    from bot.understanding import understood

    code, scorer = 0, Semantic()
    for number, line in enumerate(sys.stdin.buffer, 1):
        given = understood(number, line.decode("utf-8", errors="replace"), scorer)
        print(given, flush=True)
        code = FOUND if given.startswith('{"error"') else code
    return code


def _authors(name: str) -> _Run:
    """One of the authors' tools by its name, imported when it is run."""

    def run(arguments: argparse.Namespace) -> int:
        code: int = getattr(import_module("bot.authors"), name)(arguments)
        return code

    return run


if __name__ == "__main__":
    sys.exit(main())
