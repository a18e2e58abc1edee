"""The export: all that is kept, whole for programs and safe to read, for whoever asks for it."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dialogs.events import Chose, Command, Message, Said
from dialogs.export import FILE_WORDS, moment, text_only
from dialogs.flow import Answer, Interview
from dialogs.session import NUDGE, Detour, Plan, Reminder, Session, dumps, loads
from dialogs.understand.text import clean
from tests.dialogs.people import begun, dialog, play, say

GO = ("the bank", "cooled_off", "none", "no", "no", "yes", "yes")

NASTY = "# <b>*one* [x](http://a.example) `{{ 7*7 }}`\n- @channel | www.b.example _two_ ~three~ &amp; $4$"
"""A note that would be a heading, markup, a link, code, a list, a table and a formula."""

DUE = 1_790_000_000.0


def exported(session: Session, now: float = 0.0) -> tuple[Session, Message, dict[str, str]]:
    """The session after asking for an export, what was said last, and the files by name."""
    after, messages = dialog().step(session, Command("export"), now)
    files = {file.name: file.data for file in messages[-1].attachments}
    return after, messages[-1], files


def full() -> Session:
    """Somebody of whom there is something of every kind."""
    decided = replace(
        say(begun(), *GO, "going").plan, details={"note.2": NASTY, "debrief_well": "I was calm"}
    )
    named = Interview(clean(NASTY), "2026-12-03")
    answers: dict[str, Answer] = {"interview": named, "hesitations": ("cooled_off",)}
    second = Plan(answers, ("interview", "hesitations"), Detour("decide/change"), ("need_income", "x"))
    return Session(
        "en",
        40,
        1,
        (decided, second, Plan()),
        1,
        ("again",),
        (Reminder(NUDGE, DUE), Reminder("before.1", 1e300)),
        {"zone": "Europe/Dublin", "quiet": "22:00-07:00", "shoe_size": NASTY},
    )


def test_it_is_two_files_on_one_message_and_the_question_stays_open() -> None:
    before = say(begun(), "the bank")
    after, message, files = exported(before)
    assert after == before
    assert list(files) == ["whatif-export.json", "whatif-export.md"]
    assert {file.kind for file in message.attachments} == {"file"}
    assert [choice.option for choice in message.choices][:1] == ["unsure_what_i_want"]
    assert play(after, Chose(message.controls[-1].token))[1][0].state == "decide/hesitations.why"


@pytest.mark.parametrize(
    "line", ["export", "/export", "can I have a copy of my answers?", "download my data"]
)
@pytest.mark.parametrize("lines", [(), GO, (*GO, "going"), (*GO, "suppose"), ("settings",)])
def test_it_comes_at_once_wherever_it_is_asked_for(line: str, lines: tuple[str, ...]) -> None:
    before = say(begun(), *lines)
    after, messages = play(before, Said(line))
    assert len(messages[-1].attachments) == 2
    assert after.plan == before.plan


def test_who_rests_is_given_it_too_and_is_asked_nothing() -> None:
    after, messages = play(say(begun(), "talk"), Said("export"))
    assert len(messages[-1].attachments) == 2
    assert [control.option for control in messages[-1].controls] == ["again"]
    assert dialog().standing(after.plan) == "decide/talk"


# --- for programs ---


def test_the_json_has_all_of_it() -> None:
    session = full()
    data = json.loads(exported(session, DUE)[2]["whatif-export.json"])
    assert list(data) == [
        *("format", "version", "made", "dialog", "locale", "settings", "reminders", "interviews", "stored"),
    ]
    assert (data["format"], data["version"], data["made"]) == ("whatif-export", 1, moment(DUE))
    assert loads(json.dumps(data["stored"]), dialog().flow) == replace(session, unclear=0, shown=())
    assert data["settings"] == session.settings
    assert data["reminders"] == [
        {"name": "nudge", "at": "2026-09-21T14:13:20Z"},
        {"name": "before.1", "at": "1e+300"},
    ]
    first, second, third = data["interviews"]
    assert (first["label"], first["outcome"]) == ("the bank", "going")
    assert (first["verdict"], first["row"]) == ("decline", 6)
    assert first["details"] == {"note.2": NASTY, "debrief_well": "I was calm"}
    assert first["answers"][1] == {
        "question": "hesitations",
        "short": "Your doubts",
        "answer": ["cooled_off"],
        "said": "I’ve cooled on it",
    }
    assert (second["label"], second["date"], second["open"]) == (clean(NASTY), "2026-12-03", True)
    assert second["noted"] == ["need_income", "x"]
    assert (second["verdict"], second["row"], second["outcome"]) == (None, None, None)
    assert third == {
        "number": 3, "label": None, "date": None, "open": False, "answers": [], "noted": [],
        "verdict": None, "row": None, "outcome": None, "details": {},
    }  # fmt: skip


def test_a_skipped_question_is_there_as_one() -> None:
    data = json.loads(exported(say(begun(), "skip"))[2]["whatif-export.json"])
    (answer,) = data["interviews"][0]["answers"]
    assert (answer["question"], answer["answer"], answer["said"]) == ("interview", None, "")


# --- to read ---


def test_the_readable_file_has_all_of_it_and_nothing_said_turns_into_markup() -> None:
    text = exported(full(), DUE)[2]["whatif-export.md"]
    lines = text.splitlines()
    assert lines[0] == "# What I keep about you"
    assert "2026-09-21 14:13 UTC" in text.replace(":20 UTC", " UTC")
    # The nasty one stands in the label of the second, in its heading, in a note and in a setting.
    assert text.count(text_only(NASTY)) == 4
    assert NASTY.splitlines()[0] not in text
    assert [line for line in lines if line.startswith("## Interview")] == [
        "## Interview 1: the bank",
        f"## Interview 2: {text_only(NASTY)}",
        "## Interview 3",
    ]
    for line in (
        "- **Your doubts:** I’ve cooled on it",
        "- **The verdict:** Decline",
        "- **What you’ll do:** I’m going",
        "- **Said early, and noted:** I need the income. x",
        "- **Your note 3:** " + text_only(NASTY),
        "- **What went well:** I was calm",
        "- **Time zone:** Europe/Dublin",
        "- **Come back to what was open:** 2026-09-21 14:13:20 UTC",
        "- **The day before 2:** 1e+300",
    ):
        assert line in lines
    stands = re.compile(r"#{1,3} |- \*\*|Made on |Nothing yet\.|$")
    assert all(stands.match(line) for line in lines), lines


def test_each_block_of_its_words_is_said() -> None:
    words = dialog().words["en"]
    text = exported(full())[2]["whatif-export.md"] + exported(say(begun(), "skip"))[2]["whatif-export.md"]
    for block in FILE_WORDS:
        assert words.label("export", block) in text


@given(st.text())
@example("\\")
@example("a\n# b")
@example("HTTPS://x.example WWW.x.example")
def test_any_text_stays_text(text: str) -> None:
    shown = text_only(text)
    assert "\n" not in shown
    assert re.sub(r"\\(.)", r"\1", shown) == clean(text)
    bare = re.sub(r"\\.", "", shown)
    assert not re.search(r"[\\`*_\[\]<>&~$#|]|://|www\.", bare, re.IGNORECASE)


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.0, "1970-01-01T00:00:00Z"),
        (1.9, "1970-01-01T00:00:01Z"),
        (253_402_300_799.0, "9999-12-31T23:59:59Z"),
        (253_402_300_800.0, "253402300800.0"),
        (1.7e308, "1.7e+308"),
    ],
)
def test_a_moment_is_a_date_as_far_as_there_are_any(seconds: float, written: str) -> None:
    assert moment(seconds) == written


def test_all_that_is_stored_is_in_it_byte_by_byte() -> None:
    session = replace(full(), unclear=0, shown=())
    stored = json.loads(exported(session)[2]["whatif-export.json"])["stored"]
    assert stored == json.loads(dumps(session, dialog().flow))
