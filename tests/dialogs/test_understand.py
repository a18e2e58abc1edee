"""What people type is read for what it says, and shown back for what it is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.events import Said
from dialogs.flow import Interview
from dialogs.rooms.practise import COUNTRIES
from dialogs.understand import (
    LABEL_MOST,
    TEXT_MOST,
    clean,
    command_in,
    fold,
    interview_in,
    options_in,
    vocabulary,
)
from tests.dialogs import oracle
from tests.dialogs.people import NOW, begun, dialog, play, say

WORDS = vocabulary("en")
YES_NO = tuple(
    (option, label) for option, label in (("yes", "It would"), ("maybe", "It might"), ("no", "It wouldn’t"))
)
PULLS = tuple((option, dialog().labels["en"]["pulls"].options[option]) for option in (*oracle.PULLS, "none"))


def one(text: str) -> tuple[str, ...]:
    return options_in(text, YES_NO, WORDS, several=False)


def some(text: str) -> tuple[str, ...]:
    return options_in(text, PULLS, WORDS, several=True)


@pytest.mark.parametrize(
    ("text", "option"),
    [
        *(("yes", "yes"), ("YES", "yes"), (" yes\n", "yes"), ("1", "yes"), ("2", "maybe"), (" 3 ", "no")),
        *(
            ("It would", "yes"),
            ("it wouldn't", "no"),
            ("It wouldn’t!", "no"),
            ("yep", "yes"),
            ("nope.", "no"),
        ),
        *(
            ("perhaps…", "maybe"),
            ("Yes, please!", "yes"),
            ("ＹＥＳ", ""),
            ("ye\u200bs", ""),
            ("\u202eyes", "yes"),
        ),
        *(
            ("", ""),
            ("0", ""),
            ("4", ""),
            ("-1", ""),
            ("1,2", ""),
            ("yes no", ""),
            ("²", ""),
            ("1.0", ""),
            ("1.", "yes"),
            ("(2)", "maybe"),
            ("01", ""),
        ),
        *(("none", ""), ("dunno", ""), ("purple", ""), ("yes" * 1000, ""), ("yes" + " " * TEXT_MOST, "")),
    ],
)
def test_one_option_is_named_by_its_id_label_number_or_a_word_for_it(text: str, option: str) -> None:
    assert one(text) == ((option,) if option else ())


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("needs_practice", ("needs_practice",)),
        ("needs practice", ("needs_practice",)),
        ("2, 1", ("need_income", "needs_practice")),
        ("1,1,needs_practice", ("needs_practice",)),
        ("need_income,, friend_says_go,", ("need_income", "friend_says_go")),
        ("none", ("none",)),
        ("nothing", ("none",)),
        ("8", ("none",)),
        ("1, 9", ()),
        ("1, purple", ()),
        (",", ()),
        (", ,", ()),
        ("1 2", ("needs_practice", "need_income")),
        ("1. 2.", ()),
        ("2 and 1", ("need_income", "needs_practice")),
        ("I need the practice and other jobs there", ("needs_practice", "other_roles_there")),
        ("1 & 2; 3", ("needs_practice", "need_income", "somewhat_interested")),
        ("-1", ()),
    ],
)
def test_several_options_are_divided_by_commas_and_all_must_be_known(
    text: str, options: tuple[str, ...]
) -> None:
    assert some(text) == options


def test_each_label_and_id_of_every_question_names_its_own_option() -> None:
    for question, labels in dialog().labels["en"].items():
        offered = list(labels.options.items())
        for number, (option, label) in enumerate(labels.options.items(), 1):
            for text in (option, label, label.upper(), label.replace("’", "'"), str(number)):
                assert options_in(text, offered, WORDS, several=False) == (option,), (question, text)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        *(("back", "back"), ("/back", "back"), ("BACK!", "back"), ("go back", "back"), ("Undo", "back")),
        *(("why do you ask?", "why"), ("?", ""), ("quit", "stop"), ("/start_over", "restart"), ("", "")),
        *(
            ("what if I’d said", "suppose"),
            ("note_warm", "ready_words.warm"),
            ("back" * 200, ""),
            ("\x00back\x00", "back"),
        ),
    ],
)
def test_a_command_is_read_in_whatever_words_stand_for_it(text: str, command: str) -> None:
    assert command_in(text, WORDS) == command


@pytest.mark.parametrize(
    ("text", "interview"),
    [
        ("the bank", Interview("the bank")),
        ("  the\tbank,\n Friday ", Interview("the bank", "2026-11-27")),
        ("the bank, 2026-12-03", Interview("the bank", "2026-12-03")),
        ("the bank (2026-12-03)", Interview("the bank", "2026-12-03")),
        ("2026-12-03: the bank", Interview("the bank", "2026-12-03")),
        ("the bank on 2026-12-03 at ten", Interview("the bank", "2026-12-03")),
        ("2026-12-03", Interview("2026-12-03", "2026-12-03")),
        ("the bank, 2026-13-45", Interview("the bank, 2026-13-45")),
        ("the bank, 2026-02-30, then 2026-03-01", Interview("the bank, 2026-02-30, then", "2026-03-01")),
        ("job 12026-12-03", Interview("job 12026-12-03")),
        ("٢٠٢٦-١٢-٠٣", Interview("٢٠٢٦-١٢-٠٣")),
        ("\x1b[31mred\x1b[0m\x00", Interview("[31mred [0m")),
        ("\u202eknab\u202c the\u2066\u061c", Interview("knab the")),
        ("one\u2028two\u0085three", Interview("one two three")),
        ("half \ud83d pair", Interview("half pair")),
        ("{{ 7*7 }} <b>", Interview("{{ 7*7 }} <b>")),
        ("בנק", Interview("בנק")),
        ("👩‍👩‍👧 & Söhne", Interview("👩‍👩‍👧 & Söhne")),
        ("", None),
        (" \n\t ", None),
        ("\x00\u200f\ud800", None),
    ],
)
def test_an_interview_keeps_its_name_and_its_date(text: str, interview: Interview | None) -> None:
    found = interview_in(text, NOW)
    assert (found[0] if found else None) == interview


def test_a_long_name_is_cut_and_says_so() -> None:
    found = interview_in("the bank " * 1200)
    assert found
    interview, _ = found
    assert len(interview.label) <= LABEL_MOST
    assert interview.label.endswith("…")


@given(st.text())
def test_clean_words_are_one_harmless_line_and_stay_as_they_are(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned == cleaned.strip()
    kinds = {unicodedata.category(char) for char in cleaned}
    assert not kinds & {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert not set(cleaned) & set(
        "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
    )
    assert "  " not in cleaned
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_any_text_is_an_interview_that_can_be_kept_or_none(text: str) -> None:
    found = interview_in(text, NOW)
    assert (
        found is None
        or dialog().flow.by_id["interview"].read({"label": found[0].label, "date": found[0].date}) == found[0]
    )


@given(st.text())
def test_only_what_is_offered_is_ever_found(text: str) -> None:
    assert set(one(text)) <= {"yes", "maybe", "no"}
    assert set(some(text)) <= {*oracle.PULLS, "none"}
    assert options_in(text, (), WORDS, several=True) == ()


def test_maybe_is_the_unsure_option_where_there_is_no_maybe() -> None:
    now = say(begun(), "skip", "cooled_off", "none", "no", "no", "yes")
    assert say(now, "maybe").plan.answers["honest"] == "not_sure"


def test_a_word_for_a_command_is_not_taken_for_an_interviews_name() -> None:
    now, messages = play(begun(), Said("why do you ask?"))
    assert messages[-1].state == "decide/interview.why"
    assert now.plan.answers == {}


def test_the_vocabulary_names_only_what_there_is() -> None:
    options = {option for question in dialog().flow.questions for option in question.options} | {"none"}
    options |= {code.casefold() for code in COUNTRIES}
    assert {option for found in WORDS.options.values() for option in found} <= options
