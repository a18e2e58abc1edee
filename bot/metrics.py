"""What is counted, for Prometheus: numbers only, never an id or a word."""

from __future__ import annotations

from typing import get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from bot.store import Waiting
from bot.watch import Erasure, Outcome
from dialogs.events import Useful

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """A watch that can be asked what it counted."""

    def __init__(self) -> None:
        # When each was first counted says nothing that Prometheus doesn't know.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._accepted = Counter(
            "whatif_events_total", "Events that came, by whether they were known already.", ["known"],
            registry=self._registry,
        )  # fmt: skip
        self._turns = Histogram(
            "whatif_turn_seconds", "From an event's coming, or falling due, until its turn was saved.",
            buckets=BUCKETS, registry=self._registry,
        )  # fmt: skip
        self._sends = Counter(
            "whatif_sends_total",
            "Messages by what came of trying to send them: sent at once, retried until it worked, too_fast"
            " (429), failed, unsendable, gone (blocked, or the chat is no more).",
            ["outcome"], registry=self._registry,
        )  # fmt: skip
        self._useful = Counter(
            "whatif_useful_total", "What people said who were asked whether it was of use.", ["answer"],
            registry=self._registry,
        )  # fmt: skip
        self._refused = Counter(
            "whatif_refused_total", "What came in and was not taken for an event, by why.", ["why"],
            registry=self._registry,
        )  # fmt: skip
        self._erased = Counter(
            "whatif_erased_total", "Conversations erased: expired, or forgotten as somebody asked.", ["why"],
            registry=self._registry,
        )  # fmt: skip
        self._depth = Gauge(
            "whatif_waiting", "What is yet to be done: events to be taken, messages to be sent.", ["what"],
            registry=self._registry,
        )  # fmt: skip
        self._up = Gauge(
            "whatif_database_up", "Whether the database answers; where it doesn't, nothing is said of what"
            " waits in it.",
            registry=self._registry,
        )  # fmt: skip

        # What hasn't happened yet is 0: a rate can't be told of what isn't there.
        for known in ("no", "yes"):
            self._accepted.labels(known)
        for outcome in get_args(Outcome):
            self._sends.labels(outcome)
        for why in get_args(Erasure):
            self._erased.labels(why)
        for answer in get_args(Useful):
            self._useful.labels(answer)

    def accepted(self, new: bool) -> None:
        """An event came."""
        self._accepted.labels("no" if new else "yes").inc()

    def turned(self, seconds: float) -> None:
        """A turn was saved, so many seconds after its event came."""
        self._turns.observe(max(seconds, 0.0))

    def sent(self, outcome: Outcome) -> None:
        """A message was tried to be sent."""
        self._sends.labels(outcome).inc()

    def erased(self, why: Erasure, count: int) -> None:
        """So many conversations were erased."""
        self._erased.labels(why).inc(count)

    def found(self, useful: Useful) -> None:
        """Somebody said whether it was of use."""
        self._useful.labels(useful).inc()

    def refused(self, why: str) -> None:
        """Something came in that is no event: forged, cut off, or not for us."""
        self._refused.labels(why).inc()

    def text(self, waiting: Waiting | None) -> bytes:
        """All of it, the way Prometheus reads it. Takes what waits, None where the database is away."""
        self._up.set(waiting is not None)
        if waiting:
            self._depth.labels("events").set(waiting.events)
            self._depth.labels("messages").set(waiting.messages)
        else:
            self._depth.clear()
        return generate_latest(self._registry)
