"""A conversation begun on an older version of a dialog goes on: renamed, dropped and new, nothing lost."""

import json
from pathlib import Path
from typing import Any

import pytest

from dialogs.events import Message, Said, Started
from dialogs.faults import ContentError
from dialogs.flow import Flow, load_flow
from dialogs.session import Change, Detour, Session, SessionError, dumps, loads
from dialogs.walks import line_for
from tests.dialogs.people import dialog, play

RELEASED = Path(__file__).parent / "released"

# --- what was released ---


def conversations(version: int) -> list[str]:
    """Conversations as a released version of the dialog stored them."""
    return (RELEASED / f"decide-{version}.json").read_text("utf-8").splitlines()


VERSIONS = range(1, dialog().flow.version + 1)
KEPT = [version for version in VERSIONS if (RELEASED / f"decide-{version}.json").exists()]
STORED = [(version, line) for version in KEPT for line in conversations(version)]


def test_each_version_has_conversations_that_it_stored() -> None:
    """After `version` in decide.toml is raised: store some with it, beside the older ones."""
    assert {path.name for path in RELEASED.iterdir()} == {f"decide-{version}.json" for version in VERSIONS}
    for version in VERSIONS:
        stored = [json.loads(line) for line in conversations(version)]
        assert {data["flow"] for data in stored} == {version}
        plans = [data["plans"][0] for data in stored]
        assert any(not plan["answers"] for plan in plans)
        assert any(plan.get("noted") for plan in plans)
        assert any(plan.get("detour") for plan in plans)
        assert any("honest" in plan["answers"] and "outcome" not in plan["answers"] for plan in plans)
        assert any("outcome" in plan["answers"] for plan in plans)


@pytest.mark.parametrize(("version", "stored"), STORED)
def test_what_a_released_version_stored_goes_on_to_a_verdict(version: int, stored: str) -> None:
    flow = dialog().flow
    now = loads(stored, flow)
    if version == flow.version:
        assert dumps(now, flow) == stored
    after, messages = play(now, Started(), *([Said("leave")] if now.plan.detour else []))
    for _ in range(len(flow.questions)):
        if any(message.note for message in messages):
            break
        after, messages = play(after, Said(next_line(flow, after, messages)))
    assert any(message.note for message in messages)
    kept = {key: value for key, value in now.plan.answers.items() if key != flow.outcome.id}
    assert kept.items() <= after.plan.answers.items()
    assert loads(dumps(after, flow), flow) == after


def next_line(flow: Flow, session: Session, messages: list[Message]) -> str:
    """A line that goes on: the first option, a skip, or away from where all is answered."""
    state = dialog().standing(session.plan).partition("/")[2]
    if state == "done":
        return flow.outcome.id if messages[-1].state.endswith("change") else "back"
    question = flow.by_state[state]
    return "skip" if question.pick == "text" else line_for(question.options[0])


# --- versions made up here ---

FIRST = """
dialog = "tea"
version = 1
[[questions]]
id = "name"
pick = "text"
skip = true
[[questions]]
id = "leaves"
pick = "many"
options = ["green", "black", "brown"]
[[questions]]
id = "extras"
pick = "many"
none = true
options = ["milk", "sugar", "lemon"]
[[questions]]
id = "hot"
pick = "one"
options = ["yes", "very", "no"]
[[questions]]
id = "weather"
pick = "one"
options = ["fine", "wet"]
[[questions]]
id = "outcome"
state = "verdict"
pick = "one"
options = ["now", "later"]
"""

# Version 2 calls "hot" "serving.warm", its "very" "scalding", "black" "dark"; no sugar, but a cup.
SECOND = (
    FIRST.replace("version = 1", "version = 2")
    .replace('"hot"', '"serving.warm"')
    .replace('"very"', '"scalding"')
    .replace('"black"', '"dark"')
    .replace('"sugar", ', "")
    .replace(
        '[[questions]]\nid = "weather"',
        '[[questions]]\nid = "cup"\npick = "one"\noptions = ["big", "small"]\n[[questions]]\nid = "weather"',
    )
)
SECOND_RENAMED = """
[[renamed]]
version = 2
questions = { hot = "serving.warm" }
options.leaves = { black = "dark" }
options.extras = { sugar = "" }
options."serving.warm" = { very = "scalding" }
"""

# Version 3 calls it "warmth", has no brown leaves, and no longer asks for the weather; "lemon" is "citrus".
THIRD = (
    SECOND.replace("version = 2", "version = 3")
    .replace('"serving.warm"', '"warmth"')
    .replace(', "brown"', ', "white"')
    .replace('"lemon"', '"citrus"')
    .replace('[[questions]]\nid = "weather"\npick = "one"\noptions = ["fine", "wet"]\n', "")
)
THIRD_RENAMED = """
[[renamed]]
version = 3
questions = { "serving.warm" = "warmth", weather = "" }
options.leaves = { brown = "" }
options.extras = { lemon = "citrus" }
"""


@pytest.fixture
def flow(tmp_path: Path) -> Any:
    """Makes a flow of its TOML."""

    def made(*parts: str) -> Flow:
        path = tmp_path / "tea.toml"
        path.write_text("".join(parts), "utf-8")
        return load_flow(path)

    return made


def stored(flow: Flow, answers: dict[str, object], **plan: object) -> str:
    """A conversation as a version of the flow stores it, with a history of first answers unless given."""
    data = json.loads(dumps(Session(asked=9), flow))
    data["plans"] = [{"answers": answers, "history": list(answers), **plan}]
    text = json.dumps(data)
    assert loads(text, flow).plan.answers.keys() == answers.keys()
    return text


SAID: dict[str, object] = {
    "name": {"label": "the office"},
    "leaves": ["green", "black", "brown"],
    "extras": ["sugar", "lemon"],
    "hot": "very",
    "weather": "wet",
}


def open_questions(flow: Flow, session: Session) -> list[str]:
    return [each for each in flow.applying(session.plan.answers) if each not in session.plan.answers]


@pytest.mark.parametrize("renamed_in", [(SECOND_RENAMED, THIRD_RENAMED), (THIRD_RENAMED, SECOND_RENAMED)])
def test_renames_are_followed_through_every_version_in_between(
    flow: Any, renamed_in: tuple[str, str]
) -> None:
    today = flow(THIRD, *renamed_in)
    now = loads(stored(flow(FIRST), SAID), today)
    assert {**now.plan.answers, "name": None} == {
        "name": None, "leaves": ("green", "dark"), "extras": ("citrus",), "warmth": "scalding",
    }  # fmt: skip
    assert now.plan.history == ("name", "leaves", "extras", "warmth")
    assert open_questions(today, now) == ["cup", "outcome"]
    assert json.loads(dumps(now, today))["flow"] == 3
    assert loads(dumps(now, today), today) == now


def test_without_the_renames_the_answers_would_be_lost(flow: Any) -> None:
    today = flow(THIRD)
    now = loads(stored(flow(FIRST), SAID), today)
    assert "warmth" not in now.plan.answers
    assert now.plan.answers["leaves"] == ("green",)
    assert now.plan.answers["extras"] == ()


def test_only_what_was_renamed_since_is_renamed(flow: Any) -> None:
    second = flow(SECOND, SECOND_RENAMED)
    said: dict[str, object] = {
        "leaves": ["dark"],
        "extras": ["lemon"],
        "serving.warm": "scalding",
        "cup": "big",
    }
    now = loads(stored(second, said), flow(THIRD, SECOND_RENAMED, THIRD_RENAMED))
    assert now.plan.answers == {
        "leaves": ("dark",), "extras": ("citrus",), "warmth": "scalding", "cup": "big",
    }  # fmt: skip


def test_a_question_left_with_nothing_is_asked_again_unless_nothing_is_an_answer(flow: Any) -> None:
    today = flow(THIRD, SECOND_RENAMED, THIRD_RENAMED)
    said: dict[str, object] = {"name": None, "leaves": ["brown"], "extras": ["sugar"], "hot": "no"}
    now = loads(stored(flow(FIRST), said), today)
    assert now.plan.answers == {"name": None, "extras": (), "warmth": "no"}
    assert open_questions(today, now)[0] == "leaves"
    # What dropped out is nothing to take back.
    assert now.plan.history == ("name", "extras", "warmth")


def test_one_answer_left_out_and_one_no_longer_allowed_are_asked_again(flow: Any) -> None:
    left_out = '[[renamed]]\nversion = 2\noptions.hot = { very = "" }\n'
    now = loads(
        stored(flow(FIRST), {**SAID, "name": None}),
        flow(
            FIRST.replace("version = 1", "version = 2")
            .replace('"very"', '"hotter"')
            .replace("skip = true", 'when = "true"'),
            left_out,
        ),
    )
    assert set(SAID) - set(now.plan.answers) == {"name", "hot"}


def test_the_way_back_is_renamed_too(flow: Any) -> None:
    first, today = flow(FIRST), flow(THIRD, SECOND_RENAMED, THIRD_RENAMED)
    history = ["name", "leaves", "hot", [{"hot": "no", "leaves": ["black"]}, ["weather", "extras"]]]
    now = loads(stored(first, SAID, history=history), today).plan
    assert now.history == (
        "name", "leaves", "warmth", Change({"warmth": "no", "leaves": ("dark",)}, ("extras",)),
    )  # fmt: skip
    assert now.undone().answers == {
        "name": now.answers["name"], "leaves": ("dark",), "warmth": "no",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("detour", "expected"),
    [
        (["tea/change", "", None], Detour("tea/change")),
        (["tea/hot", "hot", None], Detour("tea/warmth", "warmth")),
        (["tea/supposed", "hot", "very"], Detour("tea/supposed", "warmth", "scalding")),
        (["tea/supposed", "leaves", ["black", "brown"]], Detour("tea/supposed", "leaves", ("dark",))),
        (["tea/supposed", "leaves", ["brown"]], None),
        (["tea/suppose.ask", "weather", None], None),
        (["tea/weather", "weather", None], None),
    ],
)
def test_a_detour_is_renamed_or_ends(flow: Any, detour: list[object], expected: Detour | None) -> None:
    now = loads(stored(flow(FIRST), SAID, detour=detour), flow(THIRD, SECOND_RENAMED, THIRD_RENAMED))
    assert now.plan.detour == expected


def test_what_was_noted_is_renamed_and_drops_out(flow: Any) -> None:
    before = stored(flow(FIRST), {"name": None}, noted=["black", "brown", "sugar", "milk", "lemon"])
    now = loads(before, flow(THIRD, SECOND_RENAMED, THIRD_RENAMED))
    assert now.plan.noted == ("dark", "milk", "citrus")


def test_two_options_can_become_one(flow: Any) -> None:
    today = flow(
        FIRST.replace("version = 1", "version = 2").replace('"black", "brown"', '"other"'),
        '[[renamed]]\nversion = 2\noptions.leaves = { black = "other", brown = "other" }\n',
    )
    assert loads(stored(flow(FIRST), SAID), today).plan.answers["leaves"] == ("green", "other")


def test_a_newer_version_is_refused_with_a_word_why(flow: Any) -> None:
    with pytest.raises(SessionError, match="newer version 3, and this program has 2"):
        loads(stored(flow(THIRD), {}), flow(SECOND))


@pytest.mark.parametrize("version", [0, -1, None, "1", 1.0, True])
def test_a_version_that_never_was_is_refused(flow: Any, version: object) -> None:
    data = {**json.loads(stored(flow(FIRST), {})), "flow": version}
    for today in (FIRST, SECOND):
        with pytest.raises(SessionError, match="version of its dialog"):
            loads(json.dumps(data), flow(today))


@pytest.mark.parametrize(
    "plan",
    [
        {},
        {"answers": {}},
        {"answers": [], "history": []},
        {"answers": {"leaves": [["green"]]}, "history": []},
        {"answers": {}, "history": 5},
        {"answers": {}, "history": [[{}]]},
        {"answers": {}, "history": [], "noted": 5},
        {"answers": {}, "history": [], "noted": [[]]},
        {"answers": {}, "history": [], "detour": []},
        {"answers": {}, "history": [], "detour": [5, "hot", None]},
        {"answers": {}, "history": [], "detour": ["tea/change", [], None]},
    ],
)
def test_what_never_held_together_is_refused_in_an_older_version_too(flow: Any, plan: object) -> None:
    data = json.loads(stored(flow(FIRST), {}))
    with pytest.raises(SessionError, match="together"):
        loads(json.dumps({**data, "plans": [plan]}), flow(THIRD, SECOND_RENAMED, THIRD_RENAMED))


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("version = 3", "version = 1", 1, "use 2 or more"),
        ("version = 3", "version = 4", 1, "at version 3"),
        ("version = 3", "version = 2", 1, "stands twice"),
        ("version = 3", 'version = "3"', 1, "wrong type"),
        ("version = 3\n", "", 0, "missing"),
        ("version = 3", "version = 3\nmore = 1", 2, "unknown"),
        ('= "warmth"', '= "wormth"', 2, "no question 'wormth'"),
        ('= "warmth"', "= 5", 2, "wrong type"),
        ('"serving.warm" =', '"cup" =', 2, "a question still"),
        ('"serving.warm" =', '"hot" =', 2, "renamed twice"),
        ('weather = ""', 'weather = "warmth"', 2, "two questions"),
        ('brown = ""', 'brown = "beige"', 3, "no option 'beige'"),
        ('brown = ""', 'green = ""', 3, "option of 'leaves' still"),
        ('brown = ""', 'black = ""', 3, "renamed twice"),
        ('brown = ""', 'brown = ["dark"]', 3, "wrong type"),
        ("options.leaves", "options.lives", 3, "no question 'lives'"),
        ("options.leaves", 'options."serving.warm"', 3, "no question 'serving.warm'"),
        ('options.leaves = { brown = "" }', 'options.leaves = "brown"', 3, "wrong type"),
    ],
)
def test_a_broken_rename_is_named_with_its_line_and_its_cure(
    flow: Any, old: str, new: str, line: int, what: str
) -> None:
    assert old in THIRD_RENAMED
    before = THIRD + SECOND_RENAMED
    with pytest.raises(ContentError) as caught:
        flow(before, THIRD_RENAMED.replace(old, new))
    start = before.count("\n") + 2  # the line that [[renamed]] stands on
    said = [f"{fault.what}; {fault.cure}" for fault in caught.value.faults if fault.line == start + line]
    assert any(what in each for each in said), caught.value


def test_a_fault_of_renames_comes_with_the_others(flow: Any) -> None:
    with pytest.raises(ContentError) as caught:
        flow(THIRD.replace("skip = true", "skip = 1"), "[[renamed]]\nversion = 9\n")
    assert len(caught.value.faults) == 2


def test_what_a_question_renamed_before_it_was_left_out_is_no_fault(flow: Any) -> None:
    since = SECOND_RENAMED + 'options.weather = { wet = "rainy" }\n'
    now = loads(stored(flow(FIRST), SAID), flow(THIRD, since, THIRD_RENAMED))
    assert now.plan.answers["warmth"] == "scalding"
    assert "weather" not in now.plan.answers
