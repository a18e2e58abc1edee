"""Every transcript on all three surfaces: the same questions, the same verdict, the same words."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.adapters.terminal.files import Files
from bot.adapters.terminal.lines import Lines
from bot.dispatch.local import Local
from bot.store import Sqlite
from bot.turn import Turns
from dialogs import markup
from dialogs.events import Due, Event, Message, Said, Started
from dialogs.transcript import Transcript, parse, play
from tests.bot.adapters.slack import conftest as slack
from tests.bot.adapters.slack.rules import plain, read
from tests.bot.adapters.slack.server import TEAM, SlackApi
from tests.bot.adapters.slack.server import Request as SlackRequest
from tests.bot.adapters.telegram import conftest as telegram
from tests.bot.adapters.telegram.server import BotApi
from tests.bot.adapters.telegram.server import Request as TelegramRequest

DIALOG = slack.DIALOG
CHAT = 42

TRANSCRIPTS = {
    file.stem: parse(file.read_text("utf-8"))
    for file in sorted((Path(__file__).parents[2] / "transcripts").glob("*.txt"))
}


@dataclass(frozen=True)
class Seen:
    """What a person reads of a message: its words, what they can choose, and its files."""

    words: str
    choices: tuple[str, ...]
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Turn:
    """What is done, when, and what is to be said."""

    event: Said | Started | Due
    at: float
    messages: tuple[Message, ...]


Does = Callable[[int, Turn], Awaitable[Sequence[Seen]]]
"""Does what a turn does, on a surface; returns what is seen of it."""


def turns(transcript: Transcript) -> Iterator[Turn]:
    """The turns of a transcript that somebody hears."""
    now = 0.0
    for turn, played in zip(transcript.turns, play(DIALOG, transcript), strict=True):
        now += turn.later
        if played.messages:
            assert isinstance(turn.event, Said | Started | Due)
            yield Turn(turn.event, now, played.messages)


def words(text: str) -> str:
    """A text less what separates its words, and less the signs of a quotation."""
    return " ".join(word for word in text.replace("\u2060", "").split() if word != ">")


def expected(message: Message) -> Seen:
    """What is to be seen of a message, wherever it is shown."""
    text = markup.plain(markup.with_quoted(message.text, message.copyable))
    files = tuple([attachment.name for attachment in message.attachments])
    return Seen(words(text), tuple([choice.label for choice in message.choices]), files)


def around(message: Message, surface: dict[str, str]) -> list[str]:
    """What stands on a surface's buttons beside the choices: before them, and after."""
    asks = {"text": "write", "date": "pick_day"}.get(message.pick or "", "")
    before = [surface[asks]] if asks in surface else []
    ticked = any(choice.picked for choice in message.choices)
    done = surface.get("tick_first", message.done) if not ticked else message.done
    return [*before, *([done] if message.done else []), *(control.label for control in message.controls)]


def beside(message: Message) -> bool:
    """Whether what can be copied of a message is one by itself on Telegram."""
    return len(message.copyable) > 256


def joined(those: Sequence[Seen], messages: Sequence[Message], files: Sequence[str]) -> list[Seen]:
    """What was seen, for each of the messages: what came in parts as one, and its files."""
    found: list[Seen] = []
    left = list(files)
    for at, (seen, message) in enumerate(zip(those, messages, strict=True)):
        if at and messages[at - 1] is message:
            before = found.pop()
            found.append(Seen(f"{before.words} {seen.words}", before.choices + seen.choices, before.files))
            continue
        names = tuple([left.pop(0) for _ in message.attachments])
        found.append(Seen(seen.words, seen.choices, names))
    assert not left
    return found


@asynccontextmanager
async def in_terminal(path: Path) -> AsyncIterator[Does]:
    """Plain lines, through the turns that `whatif chat` takes."""
    out, time = io.StringIO(), [0.0]
    database = Sqlite(path / "terminal.db")
    await database.migrate()
    dispatcher = Local(database)
    lines = Lines(out, Files(path / "files"), io.StringIO())
    taken = Turns(DIALOG, dispatcher, {"term": lines}, clock=lambda: time[0])
    await taken.start()

    async def does(number: int, turn: Turn) -> Sequence[Seen]:
        out.seek(0)
        out.truncate()
        time[0] = turn.at
        await taken.accept("term:me", str(number), turn.event)
        await dispatcher.settle("term:me")
        return list(map(of_lines, re.split(r"^\[decide/.*\]\n", out.getvalue(), flags=re.MULTILINE)[1:]))

    try:
        yield does
    finally:
        await dispatcher.stop(patience=0)
        await database.close()


def of_lines(text: str) -> Seen:
    """What a person sees of the plain lines of a message."""
    lines = text.splitlines()
    choices = [found[1] for line in lines if (found := re.fullmatch(r"  \d+\. (?:\[.\] )?(.*)", line))]
    files = [line.removeprefix("  file: ") for line in lines if line.startswith("  file: ")]
    text = "\n".join(line for line in lines if not line.startswith("  "))
    return Seen(words(text), tuple(choices), tuple(files))


@asynccontextmanager
async def on_telegram(path: Path) -> AsyncIterator[Does]:
    """python-telegram-bot, by polling."""
    async with BotApi() as api:
        anna, time, question, sent = api.person(CHAT), [0.0], [""], [0]
        async with telegram.runs(api, path)(now=lambda: time[0]) as bot:

            def seen(request: TelegramRequest, message: Message) -> Seen:
                text = markup.plain(request.parameters["text"])
                if request.method == "editMessageText":
                    assert text.startswith(question[0])
                    text = text.removeprefix(question[0]).strip()
                rows = (request.parameters.get("reply_markup") or {}).get("inline_keyboard", [])
                buttons = [button for row in rows for button in row if not in_calendar(button)]
                labels = [re.sub("^[☐☑] ", "", button["text"]) for button in buttons]
                if not labels and beside(message):
                    return Seen(words(text), ())
                for label in around(message, {"tick_first": telegram.own("en", "tick_first")}):
                    labels.remove(label)
                if message.choices or message.controls:
                    question[0] = markup.plain(request.parameters["text"])
                return Seen(words(text), tuple(each for each in labels if each != telegram.own("en", "copy")))

            async def does(number: int, turn: Turn) -> Sequence[Seen]:
                time[0], begun, event = turn.at, len(api.requests), turn.event
                if isinstance(event, Started):
                    await anna.starts()
                elif isinstance(event, Said) and event.text.strip() and not event.text.startswith("/"):
                    await anna.says(event.text)
                else:
                    await api.until(lambda: bot.turns)
                    await made(bot.turns, f"tg:{api.id}:{CHAT}", number, event)

                def said() -> list[TelegramRequest]:
                    shown = ("sendMessage", "editMessageText")
                    return [r for r in api.requests[begun:] if r.method in shown and r.status == 200]

                def files() -> list[str]:
                    return [shown.file[0] for shown in api.sent(CHAT) if shown.file]

                # What is too long for a button is a message of its own, below the one it belongs to.
                each = [m for message in turn.messages for m in [message] * (2 if beside(message) else 1)]
                count = sum(len(message.attachments) for message in turn.messages)
                kept = sent[0]
                await api.until(lambda: len(said()) >= len(each) and len(files()) >= kept + count)
                sent[0] += count
                return joined([seen(*pair) for pair in zip(said(), each, strict=True)], each, files()[kept:])

            yield does
            await api.quiet()
        assert len(api.live(CHAT)) <= 1
        # Taking a keyboard away may find it gone already; nothing else may be refused.
        assert {r.method for r in api.refusals()} <= {"editMessageReplyMarkup"}


def in_calendar(button: Mapping[str, str]) -> bool:
    """Whether a button is the calendar's: elsewhere, a date is typed."""
    data = button.get("callback_data", "")
    return data[:1] in (".", ">") or (button["text"].isdigit() and data.count("-") == 2)


@asynccontextmanager
async def in_slack(path: Path) -> AsyncIterator[Does]:
    """Bolt, over signed HTTP."""
    async with SlackApi() as api:
        anna, time, question, sent = api.person(), [0.0], [""], [0]
        async with slack.runs(api, path)(now=lambda: time[0]) as bot:

            def text_of(request: SlackRequest) -> str:
                blocks = [block for block in request.parameters["blocks"] if block["type"] == "section"]
                text = words(" ".join(plain(block["text"]["text"]) for block in blocks))
                if request.method == "chat.update":
                    assert text.startswith(question[0])
                    text = text.removeprefix(question[0]).strip()
                return text

            def seen(request: SlackRequest, message: Message) -> Seen:
                assert request.parameters["text"]
                labels = [
                    read(each.get("text") or each["placeholder"]).removeprefix("✓ ")
                    for block in request.parameters["blocks"]
                    for element in block.get("elements", [])
                    for each in element.get("options", [element])
                ]
                for label in around(message, {name: slack.own("en", name) for name in ("write", "pick_day")}):
                    labels.remove(label)
                found = Seen(text_of(request), tuple(labels))
                if message.choices or message.controls:
                    question[0] = expected(message).words
                return found

            async def does(number: int, turn: Turn) -> Sequence[Seen]:
                time[0], begun, event = turn.at, len(api.requests), turn.event
                if isinstance(event, Started):
                    await anna.command("/interview")
                elif isinstance(event, Said) and event.text.strip():
                    await anna.says(event.text)
                else:
                    await made(bot.turns, f"slack:{TEAM}:{anna.id}", number, event)

                def said() -> list[SlackRequest]:
                    shown = [
                        r for r in api.requests[begun:] if r.method in ("chat.postMessage", "chat.update")
                    ]
                    # A question that is only closed says nothing new.
                    return [r for r in shown if r.ok and (r.method == "chat.postMessage" or text_of(r))]

                def files() -> list[str]:
                    return [file["name"] for shown in anna.sent for file in shown.files]

                count = sum(len(message.attachments) for message in turn.messages)
                kept = sent[0]
                await api.until(lambda: len(said()) >= len(turn.messages) and len(files()) >= kept + count)
                sent[0] += count
                each = turn.messages
                return joined([seen(*pair) for pair in zip(said(), each, strict=True)], each, files()[kept:])

            yield does
            await api.quiet(0.1)
        assert len(anna.live) <= 1
        assert not api.refusals
        assert not api.unmeant


async def made(taken: Turns | None, conversation: str, number: int, event: Event) -> None:
    """What nobody can send: nothing at all, a line that a platform keeps for itself, the time."""
    assert taken
    await taken.accept(conversation, f"made-{number}", event)


@pytest.mark.parametrize("name", TRANSCRIPTS)
async def test_a_transcript_reads_the_same_on_every_surface(name: str, tmp_path: Path) -> None:
    async with (
        in_terminal(tmp_path) as terminal,
        on_telegram(tmp_path / "telegram") as telegrams,
        in_slack(tmp_path / "slack") as slacks,
    ):
        for number, turn in enumerate(turns(TRANSCRIPTS[name])):
            here = [await does(number, turn) for does in (terminal, telegrams, slacks)]
            assert here[0] == here[1] == here[2] == [expected(message) for message in turn.messages]
