"""Every transcript of the terminal, replayed in Slack: the same questions, verdicts and words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dialogs import markup
from dialogs.events import Due, Message, Said, Started
from dialogs.transcript import Transcript, parse, play
from tests.bot.adapters.slack.conftest import DIALOG, Running, own
from tests.bot.adapters.slack.rules import plain, read
from tests.bot.adapters.slack.server import TEAM, Request, SlackApi

TRANSCRIPTS = {
    file.stem: parse(file.read_text("utf-8"))
    for file in sorted((Path(__file__).parents[3] / "transcripts").glob("*.txt"))
}


def expected(message: Message) -> tuple[str, list[str]]:
    """What a person is to see of a message: its words, and what stands on boxes and buttons."""
    labels = [choice.label for choice in message.choices if choice.ticks]
    labels += [own("en", "write")] if message.pick == "text" else []
    labels += [message.done] if message.done else []
    labels += [choice.label for choice in message.choices if not choice.ticks]
    return words(markup.plain(message.text)), labels + [control.label for control in message.controls]


def seen(request: Request, before: str) -> tuple[str, list[str]]:
    """What a person sees of a request; of an answer written below its question, the answer."""
    blocks = request.parameters["blocks"]
    text = words(" ".join(plain(block["text"]["text"]) for block in blocks if block["type"] == "section"))
    if request.method == "chat.update":
        assert text.startswith(before)
        text = text.removeprefix(before).strip()
    labels = []
    for block in blocks:
        for element in block.get("elements", []):
            labels += [read(each["text"]) for each in element.get("options", [element])]
    return text, [label.removeprefix("✓ ") for label in labels]


def words(text: str) -> str:
    """A text less what separates its words, and less the signs of a quotation."""
    return " ".join(word for word in text.replace("\u2060", "").split() if word != ">")


def events(transcript: Transcript) -> Iterator[tuple[Said | Started | Due, float, tuple[Message, ...]]]:
    """What is done, when, and what is to be said; what nobody hears is left out."""
    now = 0.0
    for turn, played in zip(transcript.turns, play(DIALOG, transcript), strict=True):
        now += turn.later
        if played.messages:
            assert isinstance(turn.event, Said | Started | Due)
            yield turn.event, now, played.messages


@pytest.mark.parametrize("name", TRANSCRIPTS)
async def test_a_transcript_reads_the_same_in_slack(name: str, api: SlackApi, running: Running) -> None:
    anna, time = api.person(), [0.0]
    async with running(now=lambda: time[0]) as bot:
        question = ""
        for number, (event, now, messages) in enumerate(events(TRANSCRIPTS[name])):
            time[0], begun = now, len(api.requests)
            if isinstance(event, Started):
                await anna.command("/interview")
            elif isinstance(event, Said) and event.text.strip():
                await anna.says(event.text)
            else:
                # Nobody can send nothing at all, and time is what a server has.
                assert bot.turns
                await bot.turns.accept(f"slack:{TEAM}:{anna.id}", f"made-{number}", event)

            def said(begun: int = begun) -> list[Request]:
                shown = [r for r in api.requests[begun:] if r.method in ("chat.postMessage", "chat.update")]
                # A question that is only closed says nothing new.
                return [r for r in shown if r.ok and not closes(r)]

            def closes(request: Request) -> bool:
                return request.method == "chat.update" and seen(request, question)[0] == ""  # noqa: B023

            await api.until(lambda: len(said()) >= len(messages))  # noqa: B023 - awaited at once
            for request, message in zip(said(), messages, strict=True):
                assert seen(request, question) == expected(message)
                assert request.parameters["text"]
                if message.choices or message.controls:
                    question = words(markup.plain(message.text))
        await api.quiet(0.1)
        assert len(anna.live) <= 1
        assert not api.refusals
        assert not api.unmeant
