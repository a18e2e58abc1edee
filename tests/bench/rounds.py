"""Measures taken in turns, so that whatever else the machine does falls on all of them alike."""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable, Mapping

ROUNDS = 5
"""Rounds of each measure; the median is told."""

Measure = Callable[[], Awaitable[float]]
"""Returns the seconds that a turn took."""


async def interleaved(measures: Mapping[str, Measure]) -> None:
    """Takes measures in turns, by their names, and prints a line for each."""
    times: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(ROUNDS):
        for name, measure in measures.items():
            times[name].append(await measure())
    for name, taken in times.items():
        usual, best = statistics.median(taken), min(taken)
        print(f"{name:60} {usual * 1e6:9.0f} µs   ({1 / usual:.0f} a second; best {best * 1e6:.0f})")
