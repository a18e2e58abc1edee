"""What befell the replicas, and which messages came again because of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tests.chaos.platform import Taken
from tests.chaos.scripts import mark_of

SLOW = 2.0
"""Seconds that a process may take to record that a message was taken, or to come to itself again."""

Kind = Literal["kill", "stop", "freeze", "cut"]

Cause = Literal["reset", "kill", "stop", "freeze", "cut", "none"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that befell them: of which process (0 for all of them), from when to when."""

    kind: Kind
    process: int
    begin: float
    end: float


def causes(taken: Mapping[str, Sequence[Taken]], faults: Sequence[Fault]) -> Counter[Cause]:
    """Counts the messages that came again, by why the time before was not recorded."""
    found: Counter[Cause] = Counter()
    for those in taken.values():
        before: dict[str, Taken] = {}
        for each in those:
            mark = mark_of(each.payload)
            if mark in before:
                found[_cause(before[mark], each, faults)] += 1
            before[mark] = each
    return found


def _cause(before: Taken, again: Taken, faults: Sequence[Fault]) -> Cause:
    if before.reset:
        return "reset"
    for fault in faults:
        # One that was frozen may wake up to send what another has sent meanwhile.
        for each in (before, again):
            meant = fault.process in (0, each.process)
            if meant and fault.begin - SLOW <= each.at <= fault.end + SLOW:
                return fault.kind
    return "none"
