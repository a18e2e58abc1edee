"""The points: all of them reached, and each walk shows its sentence word for word."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import pytest

from dialogs.content import load
from dialogs.engine import Dialog
from dialogs.events import Message
from dialogs.faults import Place, read
from dialogs.lint import declared_faults, lint
from dialogs.points import ALL, SENTENCES_MOST, Sentence, made, marked, points, unmarked
from dialogs.session import Session
from dialogs.transcript import parse, plain_message, play
from dialogs.walks import Step
from dialogs.words import CLOSE, MIDDLE, OPEN, Words
from tests.dialogs import played
from tests.dialogs.broken import Copy


@pytest.fixture(scope="module")
def found() -> Mapping[str, Sequence[Sentence]]:
    return points(played.steps())


@pytest.fixture(scope="module")
def dialog() -> Dialog:
    return load()


def test_there_are_43() -> None:
    assert len(ALL) == len(set(ALL)) == 43
    assert (ALL[0], ALL[21], ALL[22], ALL[-1]) == ("A1", "A22", "B1", "B21")


@pytest.mark.parametrize("point", ALL)
def test_every_walk_shows_its_sentence_word_for_word(
    point: str, found: Mapping[str, Sequence[Sentence]], dialog: Dialog
) -> None:
    assert 1 <= len(found[point]) <= SENTENCES_MOST
    for sentence in found[point]:
        *_, last = play(dialog, parse("".join(f"> {line}\n" for line in sentence.walk)))
        printed = [plain_message(message) for message in last.messages]
        shown = [text for text in printed if text.startswith(f"[{sentence.state}")]
        # All of it on one line, as whoever looks for it line by line must find it.
        assert any(sentence.text in line for text in shown for line in text.splitlines())
        assert len(sentence.text.split()) > 2
        assert not any(line in sentence.walk for line in ("stop", "restart"))


def test_the_shortest_walk_comes_first(found: Mapping[str, Sequence[Sentence]]) -> None:
    for sentences in found.values():
        lengths = [len(sentence.walk) for sentence in sentences]
        assert lengths == sorted(lengths)
        assert len({(sentence.state, sentence.text) for sentence in sentences}) == len(sentences)


def test_what_only_a_button_reaches_has_no_walk() -> None:
    said = Message("decide/stale", f"{OPEN}A1{MIDDLE}Said.{CLOSE}")
    step = Step(("a",), Session(), (said,))
    assert points([step])["A1"] == [Sentence("decide/stale", "Said.", ("a",))]
    assert points([Step((), Session(), (said,), typed=False)])["A1"] == []


def test_marks_are_read_and_taken_out() -> None:
    text = f"Go. {OPEN}A1 B2{MIDDLE} <b>Is</b> it &amp; “so”?{CLOSE} Yes."
    assert list(marked(text)) == [("A1", "Is it & “so”?"), ("B2", "Is it & “so”?")]
    assert made(text) == {"A1", "B2"}
    assert unmarked(text) == "Go.  <b>Is</b> it &amp; “so”? Yes."


def test_deleting_a_line_that_carries_a_point_makes_lint_fail(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    lines = copy.words("checklist").read_text("utf-8").splitlines()
    copy.words("checklist").write_text("\n".join(line for line in lines if "B9" not in line), "utf-8")
    faults = lint(load(copy.templates, copy.flows, marking=True), copy.flows)
    assert [(fault.path, "B9 is declared" in fault.what) for fault in faults] == [
        (str(copy.words("checklist")), True)
    ]


def test_no_line_that_carries_a_point_goes_unnoticed(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    words = Words(copy.templates, "en", "decide", marking=True)
    declared = copy.flows / "decide.points.toml"
    deleted = 0
    for path in sorted(words.folder.glob("*.j2")):
        source = path.read_text("utf-8")
        lines = source.splitlines(keepends=True)
        for at in [at for at, line in enumerate(lines) if "{% point" in line]:
            path.write_text("".join([*lines[:at], *lines[at + 1 :]]), "utf-8")
            assert list(declared_faults(words, Place(declared, read(declared)))), lines[at]
            deleted += 1
        path.write_text(source, "utf-8")
    assert deleted >= len(ALL)
    assert list(declared_faults(words, Place(declared, read(declared)))) == []


def test_sentences_are_plain_json(found: Mapping[str, Sequence[Sentence]]) -> None:
    text = json.dumps([asdict(sentence) for sentence in found["A1"]])
    assert set(json.loads(text)[0]) == {"state", "text", "walk"}
