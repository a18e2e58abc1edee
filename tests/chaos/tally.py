"""What went wrong in a run: what came of it, held against what should have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.pace import Pace
from tests.chaos.platform import Taken
from tests.chaos.records import Stored
from tests.chaos.scripts import Script, mark_of, same_state

JITTER = 1.5
"""Seconds by which a message may arrive later after its slot than another one."""


@dataclass(slots=True)
class Tally:
    """What is counted.

    `lost` updates were not done, or a message of theirs never came; `disordered` messages came first
    after a later one; `wrong` conversations ended otherwise than they should, were saved more or less
    often than they had turns, or were told something else. `late` is how long the latest reminder took
    after it was due, outages not counted.
    """

    lost: int = 0
    disordered: int = 0
    wrong: int = 0
    reminders: int = 0
    reminders_lost: int = 0
    reminders_repeated: int = 0
    late: float = 0.0

    @property
    def faults(self) -> int:
        """How much is not as promised."""
        reminders = self.reminders_lost + self.reminders_repeated
        return self.lost + self.disordered + self.wrong + reminders


def tally(
    scripts: Iterable[Script],
    taken: Mapping[str, Sequence[Taken]],
    stored: Mapping[str, Stored],
    outages: Sequence[tuple[float, float]],
) -> Tally:
    """Counts what is wrong with the conversations of a run.

    Takes what should have been, what was sent, what is stored, and from when to when nothing could.
    """
    total = Tally()
    for script in scripts:
        _count(script, taken.get(script.conversation, ()), stored.get(script.conversation), outages, total)
    return total


def _count(
    script: Script,
    taken: Sequence[Taken],
    stored: Stored | None,
    outages: Sequence[tuple[float, float]],
    total: Tally,
) -> None:
    expected = {mark_of(payload): (place, payload) for place, payload in enumerate(script.messages)}
    first: dict[str, float] = {}
    latest = -1
    odd = False
    for at, payload, *_ in taken:
        mark = mark_of(payload)
        place, right = expected.get(mark, (-1, ""))
        odd |= payload != right
        if mark not in first and payload == right:
            total.disordered += place < latest
            latest = max(latest, place)
            first[mark] = at
    done = stored.done if stored else {}
    fired = sorted(due for due in done.values() if due is not None)
    wanted = [step for step in script.steps if step.reminds]
    total.reminders += len(wanted)
    total.reminders_repeated += max(len(fired) - len(wanted), 0)
    for step in script.steps:
        marks = [mark_of(message) for message in step.messages]
        came = all(mark in first for mark in marks)
        if step.reminds:
            due = fired[wanted.index(step)] if len(fired) >= len(wanted) else None
            total.reminders_lost += due is None or not came
            if due is not None and came:
                total.late = max(total.late, _between(due, first[marks[0]], outages))
        else:
            total.lost += step.id not in done or not came
    right_end = stored and stored.version == len(script.steps) and same_state(stored.state, script.state)
    total.wrong += odd or not right_end


def _between(begin: float, end: float, outages: Sequence[tuple[float, float]]) -> float:
    """Seconds from one time to another, without those in which nothing could be done."""
    return end - begin - sum(max(min(end, back) - max(begin, away), 0.0) for away, back in outages)


def too_fast(taken: Mapping[str, Sequence[Taken]], pace: Pace) -> list[str]:
    """Where a pace wasn't kept, a line each: in a conversation, or over all of them."""
    found = []
    firsts: dict[str, dict[str, float]] = {}
    for conversation, those in taken.items():
        for at, payload, *_ in those:
            firsts.setdefault(conversation, {}).setdefault(mark_of(payload), at)
    for conversation, times in firsts.items():
        if over(sorted(times.values()), pace.chat, pace.chat_burst):
            found.append(f"{conversation} was written to faster than its pace")
    if over(sorted(at for times in firsts.values() for at in times.values()), pace.bot, pace.bot_burst):
        found.append("the bot wrote faster than its pace")
    return found


def over(times: Sequence[float], interval: float, burst: int) -> bool:
    """Whether there is a span with more messages in it than its length, and a burst, allow."""
    if not interval:
        return False
    # The span with the most too many ends here and begins at the lowest point before.
    lowest = float("inf")
    for number, at in enumerate(times):
        lowest = min(lowest, number - at / interval)
        if number - at / interval - lowest + 1 > burst + JITTER / interval:
            return True
    return False
