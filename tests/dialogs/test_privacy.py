"""My data: all that is kept is named, every kind of it is said, and the ways to have it lead on."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from dialogs.content import FLOWS, load
from dialogs.engine import Dialog
from dialogs.events import Chose, Command, Message, Said
from dialogs.flow import Interview
from dialogs.kept import KINDS, NAMED, Kept, load_kept
from dialogs.markup import plain
from dialogs.session import Change, Detour, Plan, Reminder, Session
from dialogs.transcript import parse, play
from tests.dialogs import people
from tests.dialogs.broken import Copy
from tests.dialogs.people import begun, dialog, say

ROOT = Path(__file__).parents[2]
KEPT = FLOWS / "decide.kept.toml"

_ADDING = {"detailed": "details", "with_settings": "settings"}
"""What adds something that is kept by name, and to which part."""


@cache
def kept() -> Kept:
    return load_kept(KEPT)


def text(messages: list[Message]) -> str:
    return "\n".join(plain(message.text) for message in messages)


# --- what is kept is named ---


def test_every_field_of_a_session_is_named_and_no_other() -> None:
    kinds = (Session, Plan, Interview, Change, Detour, Reminder)
    assert set(kept().fields) == {f"{kind.__name__}.{field.name}" for kind in kinds for field in fields(kind)}


def test_every_detail_and_setting_that_the_code_names_is_named_and_no_other() -> None:
    used = {*_in_code(), *_in_conversations()}
    assert used >= {("settings", "quiet"), ("settings", "useful")}
    assert {(part, name) for part in NAMED for name in getattr(kept(), part)} == used


def test_a_name_is_found_however_it_is_used() -> None:
    tree = ast.parse(
        "plan.detailed(one='x', **{TWO: 'y'}); plan.details.get('three'); plan.details['four'];"
        "'five' in plan.details; plan.details.get(f'{unknown}'); session.with_settings(six='')"
    )
    module = ModuleType("made")
    module.TWO = "two"  # type: ignore[attr-defined]
    found = [("details", name) for name in ("one", "two", "three", "four", "five")]
    assert sorted(_named_in(tree, module)) == sorted([*found, ("settings", "six")])


def _in_code() -> Iterator[tuple[str, str]]:
    """The details and settings that are named anywhere in dialogs/."""
    for path in sorted((ROOT / "dialogs").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        yield from _named_in(ast.parse(path.read_text("utf-8")), importlib.import_module(name))


def _named_in(tree: ast.Module, module: ModuleType) -> Iterator[tuple[str, str]]:
    """What a module names, in a string or by a constant; what it computes shows in conversations."""
    for node in ast.walk(tree):
        found: list[tuple[str, ast.expr]] = []
        match node:
            case ast.Call(func=ast.Attribute(attr="detailed" | "with_settings" as attr), keywords=keywords):
                to = _ADDING[attr]
                yield from ((to, keyword.arg) for keyword in keywords if keyword.arg)
                given = [each.value for each in keywords if isinstance(each.value, ast.Dict)]
                found += [(to, key) for each in given for key in each.keys if key]
            case ast.Call(
                func=ast.Attribute(attr="get", value=ast.Attribute(attr="details" | "settings" as part)),
                args=[name, *_],
            ):
                found.append((part, name))
            case ast.Subscript(value=ast.Attribute(attr="details" | "settings" as part), slice=name):
                found.append((part, name))
            case ast.Compare(left=name, comparators=[ast.Attribute(attr="details" | "settings" as part)]):
                found.append((part, name))
        for kept_in, key in found:
            known = getattr(module, key.id, None) if isinstance(key, ast.Name) else None
            known = key.value if isinstance(key, ast.Constant) else known
            if isinstance(known, str):
                yield kept_in, known


def _in_conversations() -> Iterator[tuple[str, str]]:
    """The details and settings that there are in any of the transcripts, without their numbers."""
    for path in sorted((ROOT / "tests" / "transcripts").glob("*.txt")):
        for turn in play(dialog(), parse(path.read_text("utf-8"))):
            yield from (("settings", name.partition(".")[0]) for name in turn.after.settings)
            for plan in turn.after.plans:
                yield from (("details", name.partition(".")[0]) for name in plan.details)


def test_a_kind_that_there_is_not_is_a_fault_with_its_line(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    path = copy.flows / KEPT.name
    line = copy.change(path, '"timers"', '"secrets"')
    copy.says(path, line, "unknown kind 'secrets'")


def test_a_setting_that_the_export_has_no_words_for_is_a_fault(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    copy.change(copy.flows / KEPT.name, "country =", 'shoe_size = "settings"\ncountry =')
    copy.says(copy.words("export"), 1, "'name_shoe_size' is missing")


def test_what_is_kept_can_be_nothing_else_than_kinds_by_name(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    copy.change(copy.flows / KEPT.name, "[details]", "[particulars]")
    assert any("particulars" in fault.what for fault in copy.faults())


# --- what is said ---


def test_every_kind_is_used_and_said() -> None:
    parts = (kept().columns, kept().fields, kept().details, kept().settings)
    assert {kind for part in parts for kind in part.values()} == set(KINDS)
    said = people.play(begun(), Command("privacy"))[1][0].text
    for kind in KINDS:
        assert dialog().words["en"].block("privacy", f"kind_{kind}") in said


@pytest.mark.parametrize(
    "words",
    [
        "90 days",
        "database",
        "locked",
        "the key is kept apart",
        "Whoever runs me has that key",
        "No recruiter hears a thing",
        "not even that you came",
        "log",
        "export",
        "forget me",
        "settings",
        "Telegram or Slack has its own copy",
    ],
)
def test_it_says_where_how_long_who_and_what_one_can_do(words: str) -> None:
    assert words in text(people.play(begun(), Command("privacy"))[1])


def test_it_says_how_long_it_is_for_this_person_and_this_operator() -> None:
    short = Dialog(dialog().flow, dialog().table, dialog().words, dialog().people, keep_days=45)
    for days, ours, settings in (
        (45, short, {}),
        (45, short, {"keep_days": "90"}),
        (30, short, {"keep_days": "30"}),
        (60, dialog(), {"keep_days": "60"}),
        (90, dialog(), {"keep_days": "4000"}),
        (90, dialog(), {"keep_days": "x"}),
    ):
        messages = ours.step(replace(begun(), settings=settings), Command("privacy"))[1]
        assert f"All that’s yours goes {days} days after" in messages[0].text
    assert load(keep_days=7).keep_days == 7


@pytest.mark.parametrize("line", ["privacy", "/privacy", "who can read this?", "what do you keep", "my data"])
@pytest.mark.parametrize("lines", [(), ("the bank",), ("the bank", "cooled_off", "none", "no", "no")])
def test_it_can_be_asked_anywhere_and_left_again(line: str, lines: tuple[str, ...]) -> None:
    before = say(begun(), *lines)
    inside, messages = people.play(before, Said(line))
    assert {message.state for message in messages} == {"decide/privacy"}
    assert [choice.option for choice in messages[-1].choices] == ["export", "settings", "forget"]
    assert say(inside, "back").plan == before.plan


@pytest.mark.parametrize(
    ("option", "state"),
    [("export", "decide/export"), ("settings", "decide/settings"), ("forget", "decide/forget")],
)
def test_its_buttons_lead_on(option: str, state: str) -> None:
    inside, messages = people.play(begun(), Command("privacy"))
    token = next(choice.token for choice in messages[-1].choices if choice.option == option)
    assert people.play(inside, Chose(token))[1][-1].state == state


@pytest.mark.parametrize("name", ["privacy", "export", "forget", "settings", "language"])
def test_nothing_that_is_ones_own_is_answered_not_here(name: str) -> None:
    for lines in ((), ("the bank", "talk"), ("the bank", "my interviews"), ("privacy",), ("forget me",)):
        for event in (Command(name), Said(name)):
            messages = people.play(say(begun(), *lines), event)[1]
            assert messages[0].state == f"decide/{name}"
