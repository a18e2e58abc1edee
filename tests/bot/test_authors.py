"""What authors run: what it prints, and the exit code."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

import pytest

from bot import authors
from dialogs.faults import Fault
from dialogs.points import ALL, points
from tests.dialogs import played


@pytest.fixture(autouse=True)
def played_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes long was done by the tests of dialogs/, which look at it closely."""
    monkeypatch.setattr(authors, "walks", lambda dialog: played.steps())


def replay(*files: Path | str, coverage: bool = False, update: bool = False) -> int:
    return authors.run_replay(Namespace(files=files, coverage=coverage, update=update))


def test_lint_says_that_nothing_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(authors, "lint", lambda dialog: [])
    assert authors.run_lint(Namespace()) == 0
    assert capsys.readouterr().out == "no faults in decide (en)\n"


def test_lint_names_each_fault_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = Fault("menu.j2", 3, "this message has 93 words", "cut it to 90")
    monkeypatch.setattr(authors, "lint", lambda dialog: [fault])
    assert authors.run_lint(Namespace()) == 1
    assert capsys.readouterr().out == (
        "menu.j2:3: this message has 93 words; cut it to 90\n"
        "faults found: 1; mend them and run `whatif lint` again\n"
    )


def test_points_are_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert authors.run_points(Namespace(json=False)) == 0
    said = capsys.readouterr()
    *table, last = said.out.splitlines()
    assert [line.split()[0] for line in table] == list(ALL)
    assert all(line.split()[1].startswith("decide/") for line in table)
    assert (last, said.err) == ("43 of 43", "")


def test_points_as_json_have_walks(capsys: pytest.CaptureFixture[str]) -> None:
    assert authors.run_points(Namespace(json=True)) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == list(ALL)
    for sentences in found.values():
        assert all(set(sentence) == {"state", "text", "walk"} for sentence in sentences)
        assert sentences


@pytest.mark.parametrize("as_json", [True, False])
def test_a_point_that_nobody_reaches_is_named(
    as_json: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(authors, "points", lambda steps: {**points(steps), "A1": []})
    assert authors.run_points(Namespace(json=as_json)) == 1
    said = capsys.readouterr()
    assert said.err == "nobody can reach A1; `whatif lint` says more\n"
    assert json.loads(said.out)["A1"] == [] if as_json else said.out.endswith("\n42 of 43\n")


def test_graph_is_mermaid(capsys: pytest.CaptureFixture[str]) -> None:
    assert authors.run_graph(Namespace()) == 0
    assert capsys.readouterr().out.startswith("stateDiagram-v2\n")


def test_a_transcript_is_written_and_plays_as_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.txt"
    path.write_text("# One\n> skip\n", "utf-8")
    assert replay(path, update=True) == 0
    assert capsys.readouterr().out == f"{path}: written anew\n"
    assert "[decide/hesitations]" in path.read_text("utf-8")
    assert replay(path, update=True) == 0
    assert capsys.readouterr().out == ""
    assert replay(path) == 0
    assert capsys.readouterr().out == "transcripts that play as they stand: 1\n"


def test_the_first_difference_is_shown_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.txt"
    path.write_text("> skip\n", "utf-8")
    replay(path, update=True)
    lines = path.read_text("utf-8").split("\n")
    at = lines.index("[decide/said]") + 1
    lines[at] = "Skipped, was it?"
    path.write_text("\n".join(lines), "utf-8")
    capsys.readouterr()
    before = path.read_bytes()
    assert replay(path) == 1
    said = capsys.readouterr().out
    assert said.startswith(
        f"{path}:{at + 1}: another answer than it was\nline {at + 1}\n  stands: Skipped, was it?\n"
    )
    assert "whatif replay --update" in said
    assert path.read_bytes() == before


def test_coverage_is_printed_and_what_is_missing_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.txt"
    path.write_text("> skip\n", "utf-8")
    assert replay(path, update=True, coverage=True) == 1
    said = capsys.readouterr().out
    assert "states: 2 of " in said
    assert "  missing: " in said
    every = sorted((Path(__file__).parents[1] / "transcripts").glob("*.txt"))
    assert replay(*every, coverage=True) == 0
    assert "missing" not in capsys.readouterr().out


@pytest.mark.parametrize("content", [None, b"\xff\xfe> skip"])
def test_what_is_no_transcript_is_said_so(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.txt"
    if content:
        path.write_bytes(content)
    assert replay(path) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"whatif replay: {path}: ")
    assert said.err.endswith("; name a transcript\n")
