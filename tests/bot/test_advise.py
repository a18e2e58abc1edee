"""``whatif advise``: JSON in, JSON out, a line for each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bot.conftest import Whatif

PERSONAS: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "personas.json").read_text())


def test_everybody_gets_their_verdict(whatif: Whatif) -> None:
    lines = "\n".join(json.dumps(persona["answers"]) for persona in PERSONAS)
    done = whatif("advise", "-", stdin=lines)
    given = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(each["verdict"], each["row"]) for each in given] == [(p["verdict"], p["row"]) for p in PERSONAS]
    assert (done.returncode, done.stderr) == (0, "")


def test_one_object_may_go_over_several_lines(whatif: Whatif, tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    file.write_text(json.dumps(PERSONAS[0]["answers"], indent=2))
    done = whatif("advise", str(file))
    assert json.loads(done.stdout)["row"] == PERSONAS[0]["row"]


def test_the_line_holds_what_the_contract_names(whatif: Whatif) -> None:
    answers = {
        "hesitations": ["salary_too_low"],
        "pulls": ["need_income", "friend_says_go"],
        "runway": "urgent",
    }
    given = json.loads(whatif("advise", "-", stdin=json.dumps(answers)).stdout)
    assert list(given) == ["verdict", "row", "because", "flips", "points"]
    assert given["points"] == ["A3", "B14", "B15", "B16"]
    assert given["because"][0] == {
        "question": "runway",
        "answer": "urgent",
        "text": "The rent won’t wait, you said.",
    }
    fewer = [
        flip for flip in given["flips"] if flip["question"] == "pulls" and "need_income" not in flip["to"]
    ]
    assert fewer == [
        {
            "question": "pulls",
            "from": ["friend_says_go", "need_income"],
            "to": ["friend_says_go"],
            "verdict": "ask_first",
        }
    ]


def test_nothing_said_still_gets_a_verdict_and_a_reason(whatif: Whatif) -> None:
    given = json.loads(whatif("advise", "-", stdin="{}").stdout)
    assert (given["verdict"], given["row"], given["flips"]) == ("decline", 6, [])
    assert given["because"][0]["question"] == "pulls"
    assert given["because"][0]["answer"] is None


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('{"prepared": "yes"}', "prepared"),
        ('{"prepare": "perhaps"}', "perhaps"),
        ('{"pulls": ["free_lunch"]}', "free_lunch"),
        ('{"pulls": "need_income"}', "pulls"),
        ('{"hesitations": []}', "hesitations"),
        ('{"interview": {"label": "x", "date": "soon"}}', "soon"),
        ('{"interview": {"label": "x", "place": "here"}}', "interview"),
        ('{"prepare": {"yes": 1}}', "prepare"),
        ('{"nonsense": null}', "nonsense"),
        ('{"interview": {"label": "x", "date": "20261203"}}', "20261203"),
        ('{"interview": {"label": "x", "date": 20261203}}', "20261203"),
        ('{"prepare": "yes"', "JSON"),
        ("[1]", "object"),
        ("7", "object"),
        ("[" * 100_000, "JSON"),
        ("\x00", "JSON"),
    ],
)
def test_a_broken_line_is_named_in_its_place(whatif: Whatif, line: str, named: str) -> None:
    done = whatif("advise", "-", stdin=f'{{"prepare": "no"}}\n{line}\n\n{{"prepare": "no"}}\n')
    first, broken, last = map(json.loads, done.stdout.splitlines())
    assert first["row"] == last["row"] == 1
    assert list(broken) == ["error"]
    assert "line 2" in broken["error"]
    assert named in broken["error"]
    assert (done.returncode, done.stderr) == (1, "")


def test_a_lone_broken_object_is_an_error_too(whatif: Whatif) -> None:
    done = whatif("advise", "-", stdin='{"prepared": "yes"}')
    assert "prepared" in json.loads(done.stdout)["error"]
    assert done.returncode == 1


def test_bytes_that_are_no_text_are_an_error_and_no_traceback(whatif: Whatif) -> None:
    done = whatif("advise", "-", stdin=b'{"prepare": "\xff"}\n')
    assert "error" in json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_file_that_is_not_there_is_misuse(whatif: Whatif) -> None:
    done = whatif("advise", "nowhere.json")
    assert done.returncode == 2
    assert "nowhere.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_to_advise_on_is_misuse(whatif: Whatif) -> None:
    done = whatif("advise", "-", stdin="\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no answers" in done.stderr


def test_a_null_leaves_a_question_open(whatif: Whatif) -> None:
    given = json.loads(whatif("advise", "-", stdin='{"prepare": null, "pulls": []}').stdout)
    assert given["row"] == 6
