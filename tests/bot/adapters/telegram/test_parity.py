"""Every transcript of the terminal, replayed on Telegram: the same questions, verdicts and words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dialogs import markup
from dialogs.events import Due, Message, Said, Started
from dialogs.transcript import Transcript, parse, play
from tests.bot.adapters.telegram.conftest import DIALOG, Running, own
from tests.bot.adapters.telegram.server import BotApi, Request

TRANSCRIPTS = {
    file.stem: parse(file.read_text("utf-8"))
    for file in sorted((Path(__file__).parents[3] / "transcripts").glob("*.txt"))
}

CHAT = 42


def expected(message: Message) -> tuple[str, list[str]]:
    """What a person is to see of a message: its words, and what stands on the buttons."""
    text = markup.plain(message.text)
    quoted = "".join(s.text for s in markup.parse(message.text) if "blockquote" in s.tags)
    labels = [own("en", "copy")] if 0 < len(" ".join(quoted.split())) <= 256 else []
    labels += [choice.label for choice in message.choices if choice.ticks]
    if message.done:
        ticked = any(choice.picked for choice in message.choices if choice.ticks)
        labels.append(message.done if ticked else own("en", "tick_first"))
    labels += [choice.label for choice in message.choices if not choice.ticks]
    return text, labels + [control.label for control in message.controls]


def seen(request: Request, before: str) -> tuple[str, list[str]]:
    """What a person sees of a request; of an answer written below its question, the answer."""
    text = markup.plain(request.parameters["text"])
    if request.method == "editMessageText":
        assert text.startswith(before)
        text = text.removeprefix(before).strip()
    rows = (request.parameters.get("reply_markup") or {}).get("inline_keyboard", [])
    return text, [button["text"].removeprefix("☐ ").removeprefix("☑ ") for row in rows for button in row]


def events(transcript: Transcript) -> Iterator[tuple[Said | Started | Due, float, tuple[Message, ...]]]:
    """What is done, when, and what is to be said; what nobody hears is left out."""
    now = 0.0
    for turn, played in zip(transcript.turns, play(DIALOG, transcript), strict=True):
        now += turn.later
        if played.messages:
            assert isinstance(turn.event, Said | Started | Due)
            yield turn.event, now, played.messages


@pytest.mark.parametrize("name", TRANSCRIPTS)
async def test_a_transcript_reads_the_same_on_telegram(name: str, api: BotApi, running: Running) -> None:
    anna, time = api.person(CHAT), [0.0]
    async with running(now=lambda: time[0]) as bot:
        question = ""
        for number, (event, now, messages) in enumerate(events(TRANSCRIPTS[name])):
            time[0], begun = now, len(api.requests)
            if isinstance(event, Started):
                await anna.starts()
            elif isinstance(event, Said) and event.text.strip() and not event.text.startswith("/"):
                await anna.says(event.text)
            else:
                # Nobody can send nothing at all, and time is what a server has.
                await api.until(lambda: bot.turns)
                assert bot.turns
                await bot.turns.accept(f"tg:{api.id}:{CHAT}", f"made-{number}", event)

            def said(begun: int = begun) -> list[Request]:
                shown = [r for r in api.requests[begun:] if r.method in ("sendMessage", "editMessageText")]
                return [request for request in shown if request.status == 200]

            await api.until(lambda: len(said()) >= len(messages))  # noqa: B023 - awaited at once
            for request, message in zip(said(), messages, strict=True):
                assert seen(request, question) == expected(message)
                if message.choices or message.controls:
                    question = markup.plain(request.parameters["text"])
        await api.quiet()
        assert len(api.live(CHAT)) <= 1
        # Taking a keyboard away may find it gone already; nothing else may be refused.
        assert {r.method for r in api.refusals()} <= {"editMessageReplyMarkup"}
