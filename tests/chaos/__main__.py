"""The command line of ``make chaos``: the runs, a table of them, a line of JSON each, and the exit code."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tests.chaos.broken import BREAKS
from tests.chaos.fault import Cause
from tests.chaos.run import Result, run
from tests.chaos.scenario import FULL, SHORT, Scenario
from tests.chaos.server import Server

CAUSES: tuple[Cause, ...] = ("kill", "stop", "freeze", "cut", "none", "reset")

COLUMNS = (
    "run", "replicas", "updates", "again", "kills", "lost", "disordered", "wrong", "repeated",
    *(f"({cause})" for cause in CAUSES), "reminders", "lost", "twice", "latest", "seconds",
)  # fmt: skip
"""Sends that were repeated stand once in all, and then by what they came of; those after a reset, where
the platform took a message and withheld its answer, are not among `repeated`."""


def main() -> int:
    """Runs what was asked for; returns 0, 1 where something went wrong, or 2 where it was used wrongly."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--short", action="store_true", help="smaller runs, less than a minute in all")
    parser.add_argument("--only", default="", metavar="NAME", help="the runs whose name begins like this")
    parser.add_argument("--seed", type=int, default=1, help="of all chances but what the machine adds")
    arguments = parser.parse_args()
    scenarios = [
        each for each in (SHORT if arguments.short else FULL) if each.name.startswith(arguments.only)
    ]
    if not scenarios:
        parser.error("no run has such a name")
    if os.environ.get("CHAOS_BREAK", "") not in ("", *BREAKS):
        parser.error(f"CHAOS_BREAK is none of {', '.join(BREAKS)}")
    try:
        results = asyncio.run(_all(scenarios, arguments.seed))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 1
    print()
    for result in results:
        print(json.dumps(counts(result)))
    return 0 if all(result.good for result in results) else 1


async def _all(scenarios: list[Scenario], seed: int) -> list[Result]:
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    print(line(COLUMNS), flush=True)
    results: list[Result] = []
    folder = Path(tempfile.mkdtemp(prefix="whatif-chaos-"))
    server = Server(folder)
    try:
        for scenario in scenarios:
            results.append(await run(scenario, server, seed))
            tell(results[-1])
    finally:
        server.stop()
        if all(result.good for result in results):
            shutil.rmtree(folder, ignore_errors=True)
    return results


def tell(result: Result) -> None:
    """Prints a run's line of the table, and below it what is wrong."""
    print(line(row(result)), flush=True)
    for complaint in result.complaints:
        print(f"    {complaint}")
    if not result.good:
        print(f"    what the replicas logged: {result.log}", flush=True)


def row(result: Result) -> tuple[str, ...]:
    """A run as it stands in the table."""
    tally = result.tally
    numbers = (
        result.scenario.replicas, result.updates, result.again, result.kills, tally.lost, tally.disordered,
        tally.wrong, result.repeated, *(result.causes[cause] for cause in CAUSES), tally.reminders,
        tally.reminders_lost, tally.reminders_repeated,
    )  # fmt: skip
    return (result.scenario.name, *map(str, numbers), f"{tally.late:.1f} s", f"{result.seconds:.0f}")


def line(cells: tuple[str, ...]) -> str:
    """Cells below their columns."""
    first, *rest = cells
    widths = [max(len(column), 4) for column in COLUMNS[1:]]
    return f"{first:14}" + "".join(f"{cell:>{width + 2}}" for cell, width in zip(rest, widths, strict=True))


def counts(result: Result) -> dict[str, int]:
    """A run as other programs read it."""
    tally = result.tally
    return {
        "updates": result.updates,
        "kills": result.kills,
        "lost": tally.lost,
        "disordered": tally.disordered,
        "wrong": tally.wrong,
        "repeated": result.repeated,
        "reminders_lost": tally.reminders_lost,
        "reminders_repeated": tally.reminders_repeated,
    }


if __name__ == "__main__":
    sys.exit(main())
