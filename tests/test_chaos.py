"""The harness finds nothing where nothing is broken, and finds each thing that is broken on purpose."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.pace import Pace
from tests.chaos.platform import Taken
from tests.chaos.tally import over, too_fast

ROOT = Path(__file__).parents[1]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for a run's files; not pytest's, whose name is too long for a server's socket."""
    with tempfile.TemporaryDirectory(prefix="whatif-") as name:
        yield Path(name)


def chaos(folder: Path, *arguments: str, broken: str = "") -> tuple[int, list[dict[str, Any]]]:
    """Runs the harness; returns its exit code and its lines of JSON."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--short", *arguments],
        env={**environment, "CHAOS_BREAK": broken, "TMPDIR": str(folder)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    print(done.stdout, done.stderr, sep="\n")
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return done.returncode, lines


@pytest.mark.slow
def test_nothing_is_lost_disordered_or_wrong_whatever_befalls_it(folder: Path) -> None:
    code, runs = chaos(folder)
    assert code == 0
    assert [list(run) for run in runs] == 3 * [
        [
            "updates", "kills", "lost", "disordered", "wrong", "repeated", "reminders_lost",
            "reminders_repeated",
        ]
    ]  # fmt: skip
    assert sum(run["kills"] for run in runs) == 7
    assert not list(folder.glob("whatif-*"))


@pytest.mark.slow
@pytest.mark.parametrize(("broken", "found"), [("accept", "lost"), ("save", "lost"), ("order", "disordered")])
def test_what_is_broken_on_purpose_is_found(broken: str, found: str, folder: Path) -> None:
    code, (run,) = chaos(folder, "--only", "sqlite", broken=broken)
    assert code == 1
    assert run[found]


@pytest.mark.parametrize(
    ("times", "too_many"),
    [
        ([0.0] * 5, False),
        ([float(second) for second in range(50)], False),
        ([second / 4 for second in range(50)], True),
        ([0.0] * 20, True),
    ],
)
def test_a_pace_that_is_not_kept_is_found(times: list[float], too_many: bool) -> None:
    assert over(times, 1.0, 5) is too_many
    taken = {"a": [Taken(at, f'{{"note":"{number}.0"}}') for number, at in enumerate(times)]}
    assert bool(too_fast(taken, Pace(chat=0, bot=1.0, bot_burst=5))) is too_many
