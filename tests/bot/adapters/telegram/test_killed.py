"""`whatif run` on Telegram as a process that is killed in the middle of a conversation, and begun again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.bot.adapters.telegram.conftest import answered
from tests.bot.adapters.telegram.people import Person
from tests.bot.adapters.telegram.server import BotApi

CHAT = 42


@asynccontextmanager
async def process(api: BotApi, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`whatif run` while this lasts; ended by SIGTERM where nobody killed it."""
    kept = {name: os.environ[name] for name in ("PATH", "COVERAGE_PROCESS_CONFIG") if name in os.environ}
    environment = {
        **kept, "HOME": str(folder), "PORT": "0", "DATABASE_URL": f"sqlite:///{folder / 'whatif.db'}",
        "PYTHONPATH": str(Path(__file__).parents[4]), "LOG_LEVEL": "ERROR",
        "TELEGRAM_BOT_TOKEN": api.token, "TELEGRAM_API_URL": api.url,
    }  # fmt: skip
    running = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", "run", env=environment)
    try:
        yield running
    finally:
        if running.returncode is None:
            running.terminate()
        await running.wait()


Step = Callable[[Person], Awaitable[object]]


def says(text: str) -> Step:
    return lambda person: person.says(text)


def taps(label: str) -> Step:
    async def step(person: Person) -> None:
        def shown() -> bool:
            newest = person.api.live(CHAT)[-1:]
            return any(text.endswith(label) for each in newest for row in each.rows for text in row)

        # At the real pace a question may come a second after the answer before it.
        await person.api.until(shown)
        await person.taps(label)

    return step


TYPED = [says(text) for text in ("the bank", "salary_too_low", "need_income", "urgent", "maybe", "yes", "no")]
TAPPED = [taps(label) for label in ("Skip", "The pay looks low", "Done", "I need the income", "Done", "Skip")]
MIXED = [
    says("the bank"), taps("The pay looks low"), taps("Done"), says("need_income"), says("back"),
    taps("I need the income"), taps("Done"), says("urgent"),
]  # fmt: skip


async def talk(api: BotApi, folder: Path, steps: Sequence[Step], killed_at: int | None) -> list[str]:
    """A conversation; the process is killed right after a step was sent, and another one goes on.

    Returns what is said in the chat at the end.
    """
    anna = api.person(CHAT)
    await anna.starts()
    at = 0
    while at < len(steps):
        async with process(api, folder) as running:
            await api.until(lambda: api.sent(CHAT) and api.pending == 0)
            await api.quiet(1.0)
            while at < len(steps):
                step = steps[at](anna)
                at += 1
                if at == killed_at:
                    await step
                    running.send_signal(signal.SIGKILL)
                    await running.wait()
                    break
                await answered(api, CHAT, step)
    async with process(api, folder):
        await api.until(lambda: api.pending == 0)
        await api.quiet(1.0)
    return [shown.text for shown in api.sent(CHAT)]


@pytest.mark.slow
@pytest.mark.parametrize("steps", [TYPED, TAPPED, MIXED], ids=["typed", "tapped", "mixed"])
async def test_a_conversation_goes_on_after_a_kill(steps: list[Step], tmp_path: Path) -> None:
    folders = [tmp_path / "whole", tmp_path / "killed"]
    said = []
    for folder, killed_at in zip(folders, (None, len(steps) // 2 + 1), strict=True):
        folder.mkdir()
        async with BotApi() as api:
            said.append(await talk(api, folder, steps, killed_at))
            # A question that was sent, but not noted to be, is sent again: the first one's buttons stay.
            assert 1 <= len(api.live(CHAT)) <= (2 if killed_at else 1)
    whole, killed = said
    # A message may have been sent twice, never one not at all, or out of order.
    assert list(dict.fromkeys(killed)) == list(dict.fromkeys(whole))
