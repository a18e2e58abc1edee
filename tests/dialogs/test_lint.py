"""Each fault that lint knows, on a copy of the content that has it; and none where nothing is wrong."""

import shutil
from pathlib import Path

import pytest

from dialogs import lint as linting
from dialogs import understand
from dialogs.content import FLOWS, load
from dialogs.engine import Dialog
from dialogs.events import Message
from dialogs.faults import ContentError, Fault, Place, read
from dialogs.lint import declared_faults, lint, machine_faults, markup_faults
from dialogs.session import Session
from dialogs.understand import exact, reading
from dialogs.walks import Step, walks
from tests.dialogs.broken import Copy

LONG = "a_very_long_name_for_a_choice_that_hardly_fits"
WORDS = "So it is. "
HARD = (
    "Notwithstanding considerable organisational uncertainty, experienced professionals characteristically "
    "demonstrate extraordinary conscientiousness, systematically investigating alternative opportunities, "
    "comprehensively evaluating compensation, responsibilities, expectations, qualifications, advancement, "
    "reputation, sustainability and accessibility beforehand, individually or collaboratively, and finally "
    "documenting everything."
)


def linted(copy: Copy) -> list[Fault]:
    return lint(load(copy.templates, copy.flows, marking=True), copy.flows)


def reword(copy: Copy, template: str, block: str, words: str) -> None:
    """Gives a block other words."""
    path = copy.words(template)
    before, begin, rest = path.read_text("utf-8").partition(f"{{% block {block} %}}")
    assert begin, f"{template} has no block {block}"
    path.write_text(before + begin + words + rest[rest.index("{% endblock %}") :], "utf-8")


def break_words(copy: Copy) -> None:
    """Most of what can be wrong with words, each in a place of its own."""
    reword(copy, "prepare", "partly", "Some of it, but by no means all")
    reword(copy, "prepare", "short", "Getting ready for it all, and well")
    reword(copy, "runway", "few_months", "A few months, or so")
    reword(copy, "last_interview", "over_a_year", "NOT long ago")
    reword(copy, "last_interview", "recently", "Not long ago")
    reword(copy, "_common", "skip", "Skip it and never ask again")
    reword(copy, "stopped", "text", WORDS * 31)
    reword(copy, "what_if.right_level", "why", WORDS * 31)
    reword(copy, "done", "still_thinking", WORDS * 31)
    reword(copy, "verdict.8", "sources", WORDS * 31)
    reword(copy, "verdict.4", "verdict", WORDS * 31)
    reword(copy, "unclear", "twice", WORDS * 31)
    reword(copy, "what_if.other_role", "text", "{% point B18 %}They may ask.{% endpoint %} " + WORDS * 15)
    reword(copy, "remind", "text", HARD)
    reword(copy, "restarted", "text", "{% point A99 %}A fresh start.{% endpoint %}")
    reword(copy, "welcome", "text", "{% point A1 B5 %}First.\n\nSecond.{% endpoint %}")
    copy.change(copy.words("what_if.they_notice"), "{% point A5 %}", "{% point A6 %}")
    copy.change(copy.words("verdict.3"), "{% point A5 %}", "{% point B5 %}")
    copy.change(copy.words("verdict.6"), "{% point B21 %}", "{% point B20 %}")
    copy.change(copy.words("verdict.7"), "{% point B12 %}", "{% point B13 %}")
    copy.change(copy.words("what_if.stepping_stone"), "{% point B16 %}", "{% point B15 %}")
    copy.words("spare").write_text("Nobody says this.\n", "utf-8")
    (copy.words("spare").parent / "notes.txt").write_text("", "utf-8")


BROKEN_WORDS: dict[str, tuple[str, str, str]] = {
    "a label too long for a phone": ("prepare.j2", "has 31 characters", "block partly"),
    "a short name too long": ("prepare.j2", "has 34 characters", "block short"),
    "a command's label too long": ("_common.j2", "'Skip it and never ask again' has 27", "block skip"),
    "a comma in a label": ("runway.j2", "has a comma", "block few_months"),
    "two equal labels": ("last_interview.j2", "'recently' and 'over_a_year'", "block over_a_year"),
    "a message too long": ("stopped.j2", "has 93 words; cut it to 90", "block text"),
    "an answer's reason too long": ("what_if.right_level.j2", "has 93 words", "block why"),
    "an end too long": ("done.j2", "has 93 words", "block still_thinking"),
    "an aside of a row too long": ("verdict.8.j2", "has 93 words", "block sources"),
    "a verdict too long": ("verdict.4.j2", "words; cut it to 90", "block verdict"),
    "a hint too long": ("unclear.j2", "has 93 words", ""),
    "a what-if too long": ("what_if.other_role.j2", "has 48 words; cut it to 45", "block text"),
    "a hard text": ("remind.j2", "reading grade", "block text"),
    "an unknown point": ("restarted.j2", "there is no point A99", "point A99"),
    "a point over two paragraphs": ("welcome.j2", "A1 runs over the end of a line", "block text"),
    "a point nobody reaches": ("decide", "nobody can reach the point A5", ""),
    "a row's point not made": ("verdict.6.j2", "B21 is promised by the flow", "block verdict"),
    "a row's further point not made": ("verdict.7.j2", "B12 is promised by the flow", "block verdict"),
    "a question's point not made": ("what_if.stepping_stone.j2", "B16 is promised", "block text"),
    "a declared point not made": (
        "verdict.3.j2",
        "A5 is declared for the block 'other_side'",
        "block other_side",
    ),
    "an undeclared point": ("restarted.j2", "the point A99, which isn't declared", "block text"),
    "an unused template": ("spare.j2", "nothing uses this file", ""),
    "a file that is no template": ("notes.txt", "nothing uses this file", ""),
}


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> list[Fault]:
    copy = Copy(tmp_path_factory.mktemp("words"))
    break_words(copy)
    return linted(copy)


def test_the_project_has_no_fault() -> None:
    assert lint(load(marking=True)) == []


@pytest.mark.parametrize(("file", "what", "line"), BROKEN_WORDS.values(), ids=BROKEN_WORDS)
def test_broken_words(file: str, what: str, line: str, words: list[Fault]) -> None:
    found, *_ = [fault for fault in words if Path(fault.path).name == file and what in str(fault)]
    assert found.cure
    if line:
        assert line in Path(found.path).read_text("utf-8").splitlines()[found.line - 1]


def break_ways(copy: Copy) -> None:
    """What can be wrong with where one can go."""
    never = '''when = "'networking_contacts' in pulls and 'networking_contacts' not in pulls"'''
    copy.change(copy.flow, '''when = "'networking_contacts' in pulls"''', never)
    copy.change(copy.flow, '"yes", "partly", "no"', f'"yes", "partly", "no", "{LONG}"')
    path = copy.words("prepare")
    path.write_text(path.read_text("utf-8") + f"{{% block {LONG} %}}Other{{% endblock %}}\n", "utf-8")
    with copy.flow.open("a", encoding="utf-8") as flow:
        flow.write('\n[[asides]]\nid = "extra"\nat = "verdict"\n')
    copy.words("extra").write_text("{% block text %}Extra.{% endblock %}\n", "utf-8")
    copy.change(
        copy.table, "honest == 'no' or", "prepare == 'no' and prepare == 'yes' and (honest == 'no' or"
    )
    copy.change(copy.table, "or what_if.they_notice == 'yes'\n", "or what_if.they_notice == 'yes')\n")
    reword(copy, "runway", "fine_for_now", "urgent")


BROKEN_WAYS: dict[str, tuple[str, str, str]] = {
    "a state": (
        "decide.toml",
        "nobody comes to decide/what_if.top_of_mind",
        "'networking_contacts' not in pulls",
    ),
    "an option": ("decide.toml", "nobody can answer 'urgent' to 'runway'", "urgent"),
    "an aside": ("decide.toml", "nobody comes to 'extra'", "[[asides]]"),
    "a command": ("vocabulary.toml", "no phrase stands for 'extra'", ""),
    "a row": ("decide.verdict.toml", "no answers were found that row 7 decides", "when"),
    "a token": ("decide.toml", f"the button {LONG!r} in 'prepare' has a token of 66 bytes", LONG),
}


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> list[Fault]:
    copy = Copy(tmp_path_factory.mktemp("ways"))
    break_ways(copy)
    return linted(copy)


@pytest.mark.parametrize(("file", "what", "line"), BROKEN_WAYS.values(), ids=BROKEN_WAYS)
def test_what_nobody_comes_to(file: str, what: str, line: str, ways: list[Fault]) -> None:
    (found,) = [fault for fault in ways if Path(fault.path).name == file and what in fault.what]
    assert line in Path(found.path).read_text("utf-8").splitlines()[found.line - 1]


@pytest.mark.parametrize("markup", ["<u>Short</u> and kind.", "<b>Short and kind.", "Short</i> and kind."])
def test_markup_outside_the_set(markup: str) -> None:
    dialog = load(marking=True)
    step = Step((), Session(), (Message("decide/remind", markup),))
    (fault,) = markup_faults(dialog, dialog.words["en"], [step])
    assert fault.path.endswith("remind.j2")
    assert fault.cure == "mend the markup"


def test_markup_that_cannot_be_read_is_all_that_is_said_of_the_words(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    reword(copy, "remind", "text", f"<u>Short</u> and {HARD}")
    (fault,) = linted(copy)
    assert "<u> is not in the markup" in fault.what


def test_every_locale_is_linted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = Copy(tmp_path)
    shutil.copytree(copy.templates / "en", copy.templates / "xx")
    known = tmp_path / "known"
    shutil.copytree(understand.KNOWLEDGE / "en", known / "en")
    shutil.copytree(understand.KNOWLEDGE / "en", known / "xx")
    english = read(known / "en" / "vocabulary.toml")
    (known / "xx" / "vocabulary.toml").write_text(english.replace('talk = ["talk", ', "talk = ["), "utf-8")
    for module in (linting, exact, reading):
        monkeypatch.setattr(module, "KNOWLEDGE", known)
    understand.vocabulary.cache_clear()
    other = copy.templates / "xx" / "decide" / "menu.j2"
    other.write_text("{% block text %}" + HARD + WORDS * 31 + "{% endblock %}", "utf-8")
    # The English is what the other tests are about.
    monkeypatch.setattr(
        linting, "walks", lambda dialog, locale: walks(dialog, locale) if locale == "xx" else []
    )
    faults = [fault for fault in linted(copy) if "/xx/" in fault.path]
    understand.vocabulary.cache_clear()
    # Too long in any language; its grade is nobody's who doesn't write English.
    assert [(fault.path, "words" in fault.what) for fault in faults] == [(str(other), True)]


@pytest.mark.parametrize("text", ["[welcome", None, 'welcome = "A1"\n', "[welcome]\ntext = 1\n"])
def test_broken_declarations_are_said_with_their_line(text: str | None, tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    path = copy.flows / "decide.points.toml"
    path.unlink()
    if text:
        path.write_text(text, "utf-8")
    dialog = load(marking=True)
    try:
        faults = list(declared_faults(dialog.words["en"], Place(path, read(path))))
    except ContentError as error:
        faults = list(error.faults)
    assert any(fault.path == str(path) and fault.cure for fault in faults)


# The machine, which content alone can't break: the rules below hold for whoever changes the rulebook.


def machine_says(dialog: Dialog) -> list[str]:
    path = FLOWS / "decide.toml"
    return [fault.what for fault in machine_faults(dialog, Place(path, read(path)))]


def test_the_machine_has_no_fault() -> None:
    assert machine_says(load()) == []


def test_a_dead_end() -> None:
    dialog = load()
    del dialog.machine.events["advance"].transitions["decide/honest"]
    for trigger in ("revisit", "suppose"):
        del dialog.machine.events[trigger].transitions["decide/change"]
    assert machine_says(dialog) == ["decide/honest is a dead end", "decide/change is a dead end"]


def test_a_circle_of_questions() -> None:
    dialog = load()
    dialog.machine.add_transition("advance", "decide/pulls", "decide/hesitations")
    assert machine_says(dialog) == [
        f"decide/{state} comes round again without an answer between" for state in ("hesitations", "pulls")
    ]


@pytest.mark.parametrize(("trigger", "state"), [("back", "decide/pulls"), ("leave", "decide/supposed")])
def test_a_question_without_a_way_back(trigger: str, state: str) -> None:
    dialog = load()
    del dialog.machine.events[trigger].transitions[state]
    assert machine_says(dialog) == [f"there is no way back from {state}"]
