"""A broken flow or table stops at load: each fault with its line and its cure, all at once, nothing else."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dialogs.content import FLOWS, load
from dialogs.faults import ContentError, Fault
from dialogs.flow import AnswerError, Interview, load_flow
from dialogs.verdict import load_table
from tests.dialogs import oracle
from tests.dialogs.broken import Copy
from tests.dialogs.people import dialog


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def test_the_copy_is_sound_until_it_is_broken(copy: Copy) -> None:
    assert load(copy.templates, copy.flows).flow.by_id.keys() == dialog().flow.by_id.keys()


PREPARE = 'id = "prepare"'


@pytest.mark.parametrize(
    ("old", "new", "after", "what"),
    [
        ('dialog = "decide"', "dialog = 5", "", "wrong type"),
        ("version = 1", 'version = "1"', "", "wrong type"),
        ("version = 1", "version = true", "", "wrong type"),
        ("version = 1", "versoin = 1", "", "unknown"),
        ("most = 4", 'most = "four"', "", "wrong type"),
        ("most = 4", "least = 4", "", "unknown"),
        ('id = "prepare"', "id = 5", "", "wrong type"),
        ('id = "prepare"', 'id = "will you?"', "", "can't be an id"),
        ('id = "prepare"', 'id = "pulls"', "", "stands twice"),
        ('id = "prepare"', 'id = "prepare.well.done"', "", "can't be an id"),
        ('id = "prepare"', 'id = "what_if"', "", "begin alike"),
        ('pick = "one"', 'pick = "two"', PREPARE, "use one of one, many, text"),
        ('pick = "one"', "pick = 1", PREPARE, "wrong type"),
        ('options = ["yes", "partly", "no"]', 'options = ["yes"]', PREPARE, "dead end"),
        ('options = ["yes", "partly", "no"]', "options = []", PREPARE, "dead end"),
        ('options = ["yes", "partly", "no"]', 'options = "yes"', PREPARE, "wrong type"),
        ('options = ["yes", "partly", "no"]', "options = [1, 2]", PREPARE, "wrong type"),
        ('options = ["yes", "partly", "no"]', 'options = ["yes", "yes"]', PREPARE, "twice"),
        ('options = ["yes", "partly", "no"]', 'options = ["yes", "so so"]', PREPARE, "can't be an id"),
        ('unsure = ["partly"]', 'unsure = ["prtly"]', "", "no option"),
        ('unsure = ["partly"]', 'unsure = "partly"', "", "wrong type"),
        ('later = ["still_thinking"]', 'later = ["still"]', "", "no option"),
        ('unsure = ["partly"]', 'later = ["partly"]', "", "only the last question"),
        ("skip = true", 'skip = "yes"', "", "wrong type"),
        ("skip = true", "skpi = true", "", "unknown"),
        ("none = true", "none = 1", "", "wrong type"),
        ('group = "what_if"', 'group = "waht_if"', "", "[groups]"),
        ('group = "what_if"', 'group = ["what_if"]', "", "wrong type"),
        ('points = ["B15", "B16"]', 'points = "B15"', "", "wrong type"),
        ('state = "verdict"', "state = 7", "", "wrong type"),
        ("when = \"'need_income' in pulls\"", "when = 5", "", "wrong type"),
        ("when = \"'need_income' in pulls\"", 'when = ""', "", "wrong type or empty"),
        ("when = \"'need_income' in pulls\"", "when = \"'need_incom' in pulls\"", "", "'need_incom'"),
        ("when = \"'need_income' in pulls\"", 'when = "prepare == \'yes\'"', "", "'prepare'"),
        ("when = \"'need_income' in pulls\"", 'when = "runway == \'urgent\'"', "", "'runway'"),
        ("when = \"'need_income' in pulls\"", 'when = "pulls ="', "", "not an expression"),
        ("when = \"'need_income' in pulls\"", 'when = "().__class__"', "", "reads '?'"),
        ("when = \"'need_income' in pulls\"", 'when = "2 ** 10 ** 10 == pulls"', "", "holds a pow"),
        ("when = \"'need_income' in pulls\"", "when = \"'x' in last_interview\"", "", "one answer at most"),
        ('at = "questions"', 'at = "somewhere"', "", "use one of questions, verdict"),
        ('words = "question"', "words = 3", "", "wrong type"),
        ("alone = true", 'alone = "yes"', "", "wrong type"),
        ('offers = ["talk"]', 'offers = "talk"', "", "wrong type"),
        ('id = "talk"', "idd = 'talk'", "", "unknown"),
        ('id = "talk"', 'id = "why"', "", "stands twice"),
        ('button = "true"', "button = true", "", "wrong type"),
        ('button = "true"', 'button = "prepare"', "", "'prepare'"),
        ('id = "interview"', 'id = "interview', "", "not TOML"),
        ("most = 4", "most = 4\nmost = 5\n", "", "not TOML"),
    ],
)  # fmt: skip
def test_a_broken_flow_is_named_with_its_line_and_its_cure(
    copy: Copy, old: str, new: str, after: str, what: str
) -> None:
    line = copy.change(copy.flow, old, new, after=after)
    copy.says(copy.flow, line + new.startswith("most = 4\n"), what)


@pytest.mark.parametrize(
    ("old", "new", "after", "what"),
    [
        ("row = 5", 'row = "five"', "", "wrong type"),
        ("row = 5", "row = 4", "", "stands twice"),
        ('verdict = "ask_first"', "verdict = 5", "", "wrong type"),
        ('points = ["B21"]', 'points = "B21"', "", "wrong type"),
        ('points = ["B21"]', 'pionts = ["B21"]', "", "unknown"),
        ('"hesitations=cooled_off"', '"hesitations=coold_off"', "", "can't be answered"),
        ("when = \"prepare == 'no'\"", "when = 5", "", "wrong type"),
        ("when = \"prepare == 'no'\"", "when = \"prepare == 'nope'\"", "", "'nope'"),
        ("when = \"prepare == 'no'\"", 'when = "prepared"', "", "'prepared'"),
        ("'not_interested_at_all' in", "'not_interested' in", "row = 3", "'not_interested'"),
        ('when = "true"', "when = \"honest == 'yes'\"", "row = 8", "the last row may not match"),
        ('need_income = "what_if', 'need_incom = "what_if', "", "unknown"),
        ("need_income = \"what_if.stepping_stone != 'no'\"", "need_income = true", "", "wrong type"),
        ('friend_says_go = "false"', 'friend_says_go = "flase"', "", "'flase'"),
        ('"what_if.love_it",\n]', '"what_if.love",\n]', "", "no question"),
        ('"honest",', '"honestly",', "flips", "no question"),
        ("when = \"'competitive_intel' in pulls\"", "when = \"'intel' in pulls\"", "", "'intel'"),
        ('points = ["B12", "B13"]', 'point = ["B12", "B13"]', "", "unknown"),
        ("when = \"'competitive_intel' in pulls\"", "when = \"pulls | reject('x') == []\"", "", "reject"),
        ("upside = [", "upside = {", "", "not TOML"),
    ],
)  # fmt: skip
def test_a_broken_table_is_named_with_its_line_and_its_cure(
    copy: Copy, old: str, new: str, after: str, what: str
) -> None:
    line = copy.change(copy.table, old, new, after=after)
    copy.says(copy.table, line, what)


def without(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every key in a TOML value, as (its path, its name)."""
    for key, value in (
        data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    ):
        if isinstance(data, dict):
            yield path, key
        yield from without(value, (*path, key))


def toml(data: Any) -> str:
    """A value as inline TOML."""
    match data:
        case bool():
            return str(data).lower()
        case dict():
            return "{" + ", ".join(f'"{key}" = {toml(value)}' for key, value in data.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, data)) + "]"
        case str():
            return '"' + data.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        case _:
            return str(data)


OPTIONAL = {
    *("when", "options", "skip", "none", "state", "group", "groups", "points", "unsure", "later"),
    *("asides", "at", "words", "button", "offers", "alone", "also", "rooms", "after"),
}


STRANGE: tuple[object, ...] = (None, 5, "", [[]])


@pytest.mark.parametrize("name", ["decide.toml", "decide.verdict.toml"])
def test_any_key_left_out_or_of_another_type_is_a_fault_and_never_another_exception(
    tmp_path: Path, name: str
) -> None:
    source = (FLOWS / name).read_text("utf-8")
    path = tmp_path / name
    # One place for each kind of place: the last question, say, for all questions with such a key.
    kinds = {
        (tuple(step if isinstance(step, str) else 0 for step in steps), key): (steps, key)
        for steps, key in without(tomllib.loads(source))
    }
    missed: list[object] = []
    optional = OPTIONAL - ({"when"} if name == "decide.verdict.toml" else set())
    for steps, key in kinds.values():
        for value in STRANGE:
            parent = whole = tomllib.loads(source)
            for step in steps:
                parent = parent[step]
            old = parent.pop(key)
            if value is not None:
                parent[key] = value
            path.write_text("\n".join(f"{top} = {toml(each)}" for top, each in whole.items()), "utf-8")
            found: tuple[Fault, ...] = ()
            try:
                load_flow(path) if name == "decide.toml" else load_table(path, dialog().flow)
            except ContentError as error:
                found = error.faults
            if not found and (key not in optional if value is None else type(value) is not type(old)):
                missed.append((steps, key, value))
    assert missed == []


def test_all_faults_come_at_once(copy: Copy) -> None:
    lines = [
        (copy.flow, copy.change(copy.flow, "skip = true", 'skip = "yes"', after='id = "runway"')),
        (copy.flow, copy.change(copy.flow, '"no"]', '"yes"]', after=PREPARE)),
        (copy.flow, copy.change(copy.flow, "when = \"'level_too_low' in hesitations\"", 'when = "nonsense"')),
        (copy.table, copy.change(copy.table, "[[rows.also]]", "[[rows.also]")),
        (copy.words("prepare"), copy.change(copy.words("prepare"), "{% block text %}", "{% blok text %}")),
    ]
    found = {(fault.path, fault.line) for fault in copy.faults()}
    assert {(str(path), line) for path, line in lines} <= found


def test_faults_in_the_table_and_the_words_come_at_once_too(copy: Copy) -> None:
    table = copy.change(copy.table, '"prepare=no"', '"prepare=nein"')
    short = copy.change(copy.words("runway"), "block short", "block shrot")
    copy.change(copy.words("honest"), "{% endblock %}", "")
    faults = {(fault.path, fault.line) for fault in copy.faults()}
    assert {
        (str(copy.table), table),
        (str(copy.words("runway")), short),
        (str(copy.words("runway")), 1),
    } <= faults
    assert str(copy.words("honest")) in {path for path, _ in faults}


def test_two_questions_in_one_state_are_a_fault(copy: Copy) -> None:
    line = copy.change(copy.flow, 'state = "verdict"', 'state = "honest"')
    copy.says(copy.flow, line - 1, "stands twice")


def test_the_last_question_has_to_be_answered_by_everybody(copy: Copy) -> None:
    line = copy.change(copy.flow, 'state = "verdict"', 'state = "verdict"\nskip = true')
    copy.says(copy.flow, line - 2, "goes with the verdict")


@pytest.mark.parametrize("name", ["decide.toml", "decide.verdict.toml"])
def test_a_file_that_is_missing_or_not_text_is_a_fault(copy: Copy, name: str) -> None:
    path = copy.flows / name
    path.write_bytes(b"# one\n# \xff\n")
    copy.says(path, 2, "UTF-8")
    path.unlink()
    copy.says(path, 1, "can't be read")
    path.write_text("x = " + "[" * 10_000)
    assert str(path) in {fault.path for fault in copy.faults()}
    path.write_text("")
    assert str(path) in {fault.path for fault in copy.faults()}


def test_the_questions_and_options_are_the_contracts() -> None:
    flow = dialog().flow
    everything = {"hesitations": oracle.HESITATIONS, "pulls": oracle.PULLS}
    assert flow.by_id.keys() == {"interview", "outcome", *oracle.SEVERAL, *oracle.SINGLE}
    for question, options in {**oracle.SEVERAL, **oracle.SINGLE, "outcome": oracle.OUTCOMES}.items():
        assert flow.by_id[question].options == options
    assert {question.id for question in flow.questions if question.skip} == set(oracle.SKIPPABLE)
    assert list(flow.applying(everything)) == oracle.applies(everything)


@pytest.mark.parametrize(
    ("question", "value", "answer"),
    [
        ("prepare", "yes", "yes"),
        ("pulls", [], ()),
        ("pulls", ["friend_says_go", "need_income", "need_income"], ("need_income", "friend_says_go")),
        ("interview", {"label": "x", "date": "2026-12-03"}, Interview("x", "2026-12-03")),
        ("interview", {"label": "x", "date": None}, Interview("x")),
    ],
)
def test_an_answer_is_read_from_its_json(question: str, value: object, answer: object) -> None:
    assert dialog().flow.read({question: value}) == {question: answer}


NO_ANSWERS: dict[str, tuple[object, ...]] = {
    "prepare": ("maybe", "", None, 1, True, [], ["yes"], {}),
    "hesitations": ([], ["nonsense"], [[]], [None], "cooled_off", {}, None, {"cooled_off": 1}),
    "interview": ("x", {}, {"label": ""}, {"label": 5}, [], {"label": "x", "where": "y"}),
    "nonsense": ("yes",),
    "what_if": ("yes",),
    "": ("yes",),
}
DATES: tuple[object, ...] = ("soon", "", "2026-02-30", [])


@pytest.mark.parametrize(
    ("question", "value"),
    [
        *((question, value) for question, values in NO_ANSWERS.items() for value in values),
        *(("interview", {"label": "x", "date": date}) for date in DATES),
    ],
)
def test_what_is_no_answer_is_named(question: str, value: object) -> None:
    with pytest.raises(AnswerError, match=question or "unknown question"):
        dialog().flow.read({question: value})
