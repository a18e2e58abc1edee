"""What the tests of bot/ share: `whatif` as a program, in an empty home."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Whatif = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment in which nobody has ever talked."""
    kept = {name: os.environ[name] for name in ("PATH", "COVERAGE_PROCESS_CONFIG") if name in os.environ}
    return {**kept, "HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}


@pytest.fixture
def whatif(home: dict[str, str], tmp_path: Path) -> Whatif:
    """Runs `whatif` with arguments and standard input, in that home; returns what became of it."""

    def run(*arguments: str, stdin: str | bytes = "", **more: str) -> subprocess.CompletedProcess[str]:
        given = stdin if isinstance(stdin, bytes) else stdin.encode()
        done = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            input=given,
            capture_output=True,
            env={**home, **more},
            cwd=tmp_path,
            timeout=60,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    return run
