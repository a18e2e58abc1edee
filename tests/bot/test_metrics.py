"""What is counted: all there is to know of a running bot, and nothing of anybody."""

from __future__ import annotations

import re

from bot.metrics import Metrics
from bot.store import Waiting
from bot.turn import GoneError, TooFastError, UnsendableError
from tests.bot.running import Loopback, running

MARKS = ("mirabelle", "quetsche", "reineclaude", "4711", "9876543210")
NAMES = {
    "whatif_database_up",
    "whatif_erased_total",
    "whatif_events_total",
    "whatif_refused_total",
    "whatif_sends_total",
    "whatif_turn_seconds_bucket",
    "whatif_turn_seconds_count",
    "whatif_turn_seconds_sum",
    "whatif_useful_total",
    "whatif_waiting",
}
OUTCOMES = {"sent", "retried", "too_fast", "failed", "unsendable", "gone"}


def names(text: str) -> set[str]:
    return {line.partition(" ")[0].partition("{")[0] for line in text.splitlines() if line[:1] != "#"}


def value(text: str, name: str) -> float:
    return float(next(line for line in text.splitlines() if line.startswith(f"{name} ")).rpartition(" ")[2])


async def test_a_conversation_is_counted_and_nothing_of_it_is_told(url: str) -> None:
    phone = Loopback()
    busy, gone = "tg:4711:9876543210", "tg:4711:98765432101"
    phone.faults[busy] = [UnsendableError("no such button"), TooFastError(0.1), OSError("mirabelle")]
    phone.faults[gone] = [GoneError("mirabelle")]
    async with running(url, phone) as pages:
        for event, text in (("quetsche-1", "hello"), ("quetsche-2", "the mirabelle bank, reineclaude")):
            assert (await pages.say(busy, event, text))[0] == 200
        await pages.say(busy, "quetsche-2", "the mirabelle bank, reineclaude")
        await pages.say(gone, "quetsche-3", "the mirabelle bank")
        pages.metrics.refused("forged")
        done = ('whatif_waiting{what="messages"} 0.0', 'whatif_waiting{what="events"} 0.0')

        def all_seen(_: int, told: str) -> bool:
            seen = set(re.findall(r'whatif_sends_total\{outcome="(\w+)"\} [1-9]', told))
            return all(line in told for line in done) and seen == OUTCOMES

        text = await pages.until("/metrics", all_seen)
        log = pages.log
    assert names(text) == NAMES
    assert value(text, 'whatif_events_total{known="yes"}') == 1
    # Being gone is an event of its own.
    assert value(text, 'whatif_events_total{known="no"}') == 3
    assert value(text, "whatif_turn_seconds_count") == 4
    assert 'whatif_refused_total{why="forged"} 1.0' in text
    labels = set(re.findall(r'(\w+)="', text))
    assert labels == {"answer", "known", "le", "outcome", "what", "why"}
    for mark in MARKS:
        assert mark not in text
        assert mark not in log
    assert "hesitations" in phone.states(busy)


def test_every_outcome_and_a_clock_that_jumped_are_counted() -> None:
    metrics = Metrics()
    metrics.sent("sent")
    metrics.turned(-3600)
    text = metrics.text(Waiting(2, 3)).decode()
    assert 'whatif_sends_total{outcome="sent"} 1.0' in text
    assert value(text, "whatif_turn_seconds_sum") == 0
    assert 'whatif_waiting{what="events"} 2.0' in text
    assert 'whatif_waiting{what="messages"} 3.0' in text
    away = metrics.text(None).decode()
    assert "whatif_database_up 0.0" in away
    assert "whatif_waiting{" not in away
