"""Several interviews: the list, an entry, putting away, erasing, two side by side; none changes another."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dialogs import markup
from dialogs.content import FLOWS, load
from dialogs.details import AWAY, NOTE, TEXT_MOST
from dialogs.events import Chose, Command, Event, Message, Picked, Said, Started
from dialogs.faults import ContentError
from dialogs.flow import Interview
from dialogs.rooms.interviews import AWAY_MOST, listed, put_away
from dialogs.session import NUDGE, PLANS_MOST, Detour, Plan, Reminder, Session, dumps, loads
from dialogs.understand import LABEL_MOST
from tests.dialogs.people import begun, buttons, dialog, play, say
from tests.dialogs.test_engine import ACTS, GO, JUNK, Act, Person

NASTY = "<b>@channel {{7*7}} ../../etc"
WALK = ("cooled_off", "need_income", "few_months", "yes", "no", "yes", "yes", "yes")
"""What somebody answers after the name, to the verdict: go."""

DECIDED = say(begun(), "the bank, 2026-12-03", *WALK, "going")


def many(count: int, away: int = 0) -> Session:
    """Somebody with so many interviews, and as many more put away."""
    plans = [Plan({"interview": Interview(f"firm {at}")}, ("interview",)) for at in range(count + away)]
    plans[count:] = [plan.detailed(**{AWAY: "yes"}) for plan in plans[count:]]
    return replace(begun(), plans=tuple(plans), open=0)


def shown(session: Session) -> list[Message]:
    """What stands there, as somebody sees it who comes back."""
    return play(session, Started())[1]


def labels(messages: list[Message]) -> list[str]:
    return [choice.label for choice in messages[-1].choices]


def texts(messages: list[Message]) -> str:
    return "\n\n".join(markup.plain(message.text) for message in messages)


def state(session: Session) -> str:
    return dialog().standing(session.plan)


# The list.


def test_each_interview_is_shown_with_its_date_verdict_and_decision() -> None:
    text = texts(shown(say(DECIDED, "my interviews", "another interview", NASTY, "my interviews")))
    assert "the bank, Thursday 3 December: Go. You: “I’m going”." in text
    assert f"{NASTY}: no verdict yet." in text


def test_an_interview_whose_name_is_its_date_says_the_date_once() -> None:
    text = texts(shown(say(begun(), "2026-12-03", "my interviews"))[1:])
    assert text.count("Thursday 3 December") == 1


@pytest.mark.parametrize("name", ["the bank", "The Bank", "bank", "  the   bank!", "the bank (1)", "1"])
def test_typing_its_name_opens_an_interview(name: str) -> None:
    two = say(DECIDED, "another interview", "another interview", "the bakery", "my interviews")
    assert two.open == 1
    assert say(two, name).open == (0 if name != "the bank (1)" else 1)


def test_a_name_that_two_have_is_asked_about_and_each_has_its_number() -> None:
    two = say(DECIDED, "my interviews", "another interview", "The Bank", "my interviews")
    assert labels(shown(two))[:2] == ["the bank (1)", "The Bank (2)"]
    now, messages = play(two, Said("the bank"))
    assert (now.open, state(now)) == (1, "decide/interviews")
    assert "More than one" in messages[-1].text
    assert say(now, "the bank (1)").open == 0
    assert say(now, "The bank (2)").open == 1


@given(
    st.lists(st.sampled_from(["a", "A", "a (1)", "a (2)", "a (1) (3)", "", "Interview 2", "👍"]), max_size=6)
)
@example(["a", "a", "a (1)", "a (2)", "a (1) (3)"])
def test_no_two_interviews_are_ever_shown_under_one_name(names: list[str]) -> None:
    plans = [Plan({"interview": Interview(name) if name else None}) for name in names] or [Plan()]
    found, _ = play(replace(begun(), plans=tuple(plans)), Command("interviews"))
    here = [label.casefold() for label in labels(shown(found))]
    assert len(here) == len(set(here))


@pytest.mark.parametrize("name", [NASTY, "*bold* _it_", "&amp;", "x" * 500, "\u202eevil", "😀" * 90])
def test_a_name_is_shown_as_it_was_typed_and_nothing_else_comes_of_it(name: str) -> None:
    two = say(begun(), name, "my interviews", "another interview", "the bakery")
    called = two.plans[0].answers["interview"]
    assert isinstance(called, Interview)
    for lines in (["my interviews"], ["side by side"], ["my interviews", "1"]):
        text = texts(messages := play(say(two, *lines[:-1]), Said(lines[-1]))[1])
        assert called.label[:39] in text
        assert "<b>@channel" not in "".join(message.text for message in messages)


def test_an_untouched_interview_is_had_again_instead_of_another() -> None:
    two = say(DECIDED, "my interviews", "another interview")
    assert say(two, "my interviews", "another interview").plans == two.plans
    back = say(two, "my interviews", "the bank")
    assert labels(shown(say(back, "my interviews")))[0] == "the bank"
    assert "Interview 2" not in labels(shown(say(back, "my interviews")))
    again = say(back, "my interviews", "another interview")
    assert (again.open, len(again.plans)) == (1, 2)


def test_a_long_list_comes_in_pages_and_any_name_of_it_can_be_typed() -> None:
    now = say(many(9), "my interviews")
    seen = list[str]()
    for page in ("1 of 3", "2 of 3", "3 of 3"):
        assert f"Page {page}" in texts(shown(now))
        assert len(labels(shown(now))) <= 9
        seen += [label for label in labels(shown(now)) if label.startswith("firm")]
        now = say(now, "more of them")
    assert seen == [f"firm {at}" for at in range(9)]
    assert "Page 1 of 3" in texts(shown(now))
    assert say(now, "firm 8").open == 8


def test_a_full_list_says_what_to_do_and_one_put_away_makes_room() -> None:
    full = say(many(PLANS_MOST), "my interviews")
    assert "Put one away" in texts(shown(full))
    assert "Another interview" not in labels(shown(full))
    assert len(say(full, "another").plans) == PLANS_MOST
    token = shown(full)[-1].choices[0].token.replace("open.0", "another")
    assert play(full, Chose(token))[0].plans == full.plans
    room = say(full, "rename, note, put away", "put it away")
    assert "Another interview" in labels(shown(room))
    assert len(say(room, "another interview").plans) == PLANS_MOST + 1


def test_back_where_nothing_was_said_yet_tells_the_way_to_the_others() -> None:
    messages = play(say(DECIDED, "my interviews", "another interview"), Said("back"))[1]
    assert "my interviews" in messages[0].text
    assert "my interviews" not in play(begun(), Said("back"))[1][0].text


def test_starting_over_leaves_the_others_as_they_are_and_says_so() -> None:
    two = say(DECIDED, "my interviews", "another interview", "the bakery", "cooled_off")
    now, messages = play(two, Said("start over"))
    assert now.plans[0] == two.plans[0]
    assert "the others stay" in messages[0].text
    assert "others" not in play(DECIDED, Said("start over"))[1][0].text


def test_whoever_comes_back_hears_which_one_it_was() -> None:
    two = say(DECIDED, "my interviews", "another interview", "the bank")
    first = shown(two)[0].text
    assert "the bank (2)" in first
    assert "my interviews" in first
    assert "my interviews" not in shown(DECIDED)[0].text
    unnamed = say(DECIDED, "my interviews", "another interview", "skip")
    assert "Interview 2" in shown(unnamed)[0].text


def test_after_the_decision_there_is_a_button_to_the_interviews() -> None:
    for outcome in ("going", "declining", "still_thinking"):
        found = labels(shown(say(begun(), *GO, outcome)))
        assert "My interviews" in found
        assert ("How did it go?" in found) == (outcome == "going")
    assert "My interviews" not in labels(shown(say(begun(), *GO)))


# An entry.


def entry(session: Session) -> Session:
    return say(session, "this interview")


def test_a_new_name_counts_until_the_interview_is_called_otherwise() -> None:
    now = say(entry(DECIDED), "rename it", NASTY)
    assert labels(shown(say(now, "my interviews")))[0] == NASTY
    assert NASTY in markup.plain(shown(now)[0].text)
    changed = say(now, "back", "back", "change", "interview", "the bakery")
    assert labels(shown(say(changed, "my interviews")))[0] == "the bakery"
    assert labels(shown(say(changed, "back", "my interviews")))[0] == NASTY


def test_a_second_new_name_takes_the_place_of_the_first() -> None:
    now = say(entry(DECIDED), "rename it", "one", "rename it", "two", "my interviews")
    assert labels(shown(now))[0] == "two"


def test_an_interview_can_be_named_before_the_question_is_answered() -> None:
    now = say(entry(begun()), "rename it", "one")
    assert labels(shown(say(now, "my interviews")))[0] == "one"
    assert labels(shown(say(now, "leave", "the bakery", "my interviews")))[0] == "the bakery"


def test_a_name_and_a_note_are_cut_where_they_are_too_long() -> None:
    now, messages = play(say(entry(DECIDED), "add a note"), Said("x" + "ab " * 500))
    assert len(now.plan.details[NOTE]) == TEXT_MOST
    assert "1,000" in messages[0].text
    named = say(now, "rename it", "x" * 500)
    assert labels(shown(say(named, "my interviews")))[0].startswith("xxx")
    assert any("x" * (LABEL_MOST - 1) + "…" in message.text for message in shown(named))


def test_a_note_is_kept_replaced_and_removed_and_changes_no_answer() -> None:
    noted = say(entry(DECIDED), "add a note", NASTY)
    assert noted.plan.details[NOTE] == NASTY
    assert NASTY in texts(shown(noted))
    assert say(noted, "replace the note", "two").plan.details[NOTE] == "two"
    assert NOTE not in say(noted, "remove the note").plan.details
    assert say(noted, "back", "back").plan.answers == DECIDED.plan.answers


@pytest.mark.parametrize("text", ["", " ", "\x00", "\u202e"])
def test_a_name_or_note_of_nothing_is_not_taken(text: str) -> None:
    for way in ("rename it", "add a note"):
        asked = say(entry(DECIDED), way)
        assert say(asked, text).plan.details == asked.plan.details


def test_nothing_that_was_never_begun_can_be_put_away() -> None:
    assert "Put it away" not in labels(shown(entry(begun())))


# Putting away.


def test_what_is_put_away_is_kept_leaves_the_list_and_comes_back() -> None:
    two = say(DECIDED, "my interviews", "another interview", "the bakery")
    gone = say(entry(two), "put it away")
    assert (gone.open, state(gone)) == (0, "decide/interviews")
    assert "the bakery" not in labels(shown(gone))
    assert gone.plans[1].answers == two.plan.answers
    back = say(gone, "what i put away", "the bakery", "bring it back")
    assert (back.open, back.plan.answers) == (1, two.plan.answers)
    assert AWAY not in back.plan.details


def test_the_only_one_can_be_put_away_and_another_is_begun() -> None:
    gone, messages = play(entry(DECIDED), Said("put it away"))
    assert (gone.open, len(gone.plans)) == (1, 2)
    assert "none in your list" in texts(messages)
    assert labels(messages) == ["Another interview", "What I put away"]
    assert say(gone, "another interview").open == 1
    assert say(gone, "the bank").plan.detour == Detour("decide/away", about="=0")
    assert say(gone, "what i put away", "the bank", "bring it back").plan.answers == DECIDED.plan.answers


def test_reminders_for_what_is_put_away_are_called_off_and_no_others() -> None:
    wanted = tuple(Reminder(name, 1e9) for name in (NUDGE, "day_before.0", "day_before.1", "day_after.0"))
    two = say(DECIDED, "my interviews", "another interview", "the bakery", "my interviews", "the bank")
    now, messages = play(entry(replace(two, reminders=wanted)), Said("put it away"))
    assert [reminder.name for reminder in now.reminders] == [NUDGE, "day_before.1"]
    assert "reminders" in messages[0].text
    assert "reminders" not in play(entry(two), Said("put it away"))[1][0].text


def test_what_is_erased_is_gone_and_its_place_is_the_next_ones() -> None:
    two = say(DECIDED, "my interviews", "another interview", "the bakery", "my interviews", "the bank")
    wanted = (Reminder("day_before.0", 1e9), Reminder("day_before.1", 1e9))
    away = say(replace(entry(two), reminders=()), "put it away", "what i put away", "the bank", "erase it")
    away = replace(away, reminders=wanted)
    assert say(away, "no, keep it").plans[0] == away.plans[0]
    gone = say(away, "yes, erase it for good")
    assert gone.plans[0] == Plan()
    assert "bank" not in dumps(gone, dialog().flow)
    assert gone.reminders == wanted[1:]
    assert gone.plans[1].answers == two.plans[1].answers
    assert say(gone, "another interview").open == 0


def test_a_full_list_keeps_one_from_coming_back_and_says_why() -> None:
    full = say(many(PLANS_MOST, 2), "my interviews", "what i put away", f"firm {PLANS_MOST}")
    assert labels(shown(full)) == ["Erase it"]
    assert "list is full" in texts(shown(full))


def test_as_many_as_can_be_kept_are_put_away_and_no_more() -> None:
    full = entry(many(3, AWAY_MOST))
    assert "Put it away" not in labels(shown(full))
    assert "Erase one" in texts(shown(full))
    assert put_away(say(full, "put_away")) == put_away(full)


def test_those_put_away_come_in_pages_and_one_goes_back_step_by_step() -> None:
    now = say(many(1, 6), "my interviews", "what i put away")
    assert "Page 1 of 2" in texts(shown(now))
    now = say(now, "more of them")
    assert [label for label in labels(shown(now)) if label.startswith("firm")] == ["firm 5", "firm 6"]
    now = say(now, "firm 2", "erase it")
    for about in ("=2", ""):
        now = say(now, "back")
        assert now.plan.detour == Detour("decide/away", about=about)
    now = say(now, "back")
    assert state(now) == "decide/interviews"
    assert state(say(now, "back")) == "decide/hesitations"


def test_nothing_is_put_away_yet() -> None:
    now = say(many(1), "my interviews", "the archive")
    assert "Nothing is put away" in texts(shown(now))


# Two side by side.


def test_two_stand_side_by_side_with_all_that_bears_on_them() -> None:
    two = say(DECIDED, "my interviews", "another interview", "the bakery", "not_interested_at_all")
    text = texts(play(two, Said("side by side"))[1])
    for part in (
        "the bakery",
        "the bank",
        "Thursday 3 December",
        "I said: Go",
        "I’m going",
        "No verdict yet",
    ):
        assert part in text
    assert "You’ve money for a few months" in text
    decided = say(two, "none", "no", "no", "no", "yes", "yes", "declining")
    text = texts(play(decided, Said("side by side"))[1])
    assert "I said: Decline" in text
    assert "Two verdicts" in text
    opened = say(decided, "side by side", "the bank")
    assert (opened.open, state(opened)) == (0, "decide/done")


def test_the_same_verdict_twice_is_told_as_one() -> None:
    two = say(DECIDED, "my interviews", "another interview", "the bakery", *WALK)
    assert "One verdict" in texts(play(two, Said("compare"))[1])


def test_one_alone_has_nothing_beside_it() -> None:
    assert "takes two" in texts(play(DECIDED, Said("compare"))[1])


def test_of_many_the_other_one_is_chosen_and_can_be_changed() -> None:
    now = say(many(8), "compare")
    assert "Page 1 of 2" in texts(shown(now))
    assert "firm 6" in labels(shown(say(now, "more of them")))
    beside = say(now, "firm 7")
    assert {"firm 0", "firm 7"} <= set(labels(shown(beside)))
    assert say(beside, "another pair").plan.detour == now.plan.detour
    assert state(say(beside, "back")) == "decide/interviews"


def test_very_long_names_stand_side_by_side_and_stay_apart() -> None:
    long = "Obersekretariatsanwärterin " * 10
    two = say(begun(), f"{long} A", *WALK, "my interviews", "another interview", f"{long} B", *WALK)
    messages = play(two, Said("side by side"))[1]
    assert len({markup.plain(message.text).split("\n")[0] for message in messages[:2]}) == 2
    assert all(len(choice.label) <= 64 for choice in buttons(messages))
    assert len(set(labels(messages))) == len(labels(messages))
    for message in messages:
        assert len(markup.plain(message.text).split()) <= 90


def test_a_full_page_of_long_names_fits_a_message() -> None:
    name = "abcd " * 15 + "x"
    one = say(begun(), f"{name}, 2026-12-03", *WALK, "still_thinking")
    four = replace(one, plans=one.plans * 8)
    for lines in (["my interviews"], ["my interviews", "rename, note, put away"], ["compare"]):
        for message in play(say(four, *lines[:-1]), Said(lines[-1]))[1]:
            assert len(markup.plain(message.text).split()) <= 90, message


# What always holds.

POSTS = [
    say(DECIDED, "my interviews", "another interview", "the bank", "my interviews"),
    say(many(7, 3), "my interviews"),
    entry(many(2, 1)),
    say(entry(DECIDED), "rename it"),
    say(entry(DECIDED), "add a note"),
    say(many(3, 6), "my interviews", "what i put away"),
    say(many(3, 2), "my interviews", "what i put away", "firm 4", "erase it"),
    say(many(3, 2), "compare"),
    say(many(2, 0), "compare"),
    say(many(PLANS_MOST, AWAY_MOST), "my interviews"),
]


@settings(max_examples=60)
@given(st.integers(0, len(POSTS) - 1), st.lists(ACTS, max_size=30))
def test_whatever_is_done_changes_the_open_interview_only(post: int, acts: list[Act]) -> None:
    person = Person(POSTS[post])
    person.do(Started())
    for act in acts:
        before = person.session
        person.do(person.event(act))
        after = person.session
        for at, plan in enumerate(before.plans):
            same = replace(plan, detour=None).detailed(**{AWAY: ""})
            now = replace(after.plans[at], detour=None).detailed(**{AWAY: ""})
            erased = now == Plan() and AWAY in plan.details
            assert at == before.open or now == same or erased
            assert now.answers == same.answers or after.open == at or erased
        assert AWAY not in after.plan.details
        assert len(listed(after)) <= PLANS_MOST
        assert len(put_away(after)) <= AWAY_MOST
        shown_now = [choice.label for choice in person.messages[-1].choices]
        assert len(shown_now) == len(set(shown_now))


ABOUTS = st.one_of(
    st.text(max_size=8),
    st.builds("{}{}".format, st.sampled_from(["", "=", "!"]), st.integers(-2, 10**9)),
    st.sampled_from(["name", "note", "alike", "well", "true", "summary", "=", "!", "=٣"]),
)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Said, st.text(max_size=60) | st.sampled_from(JUNK)),
    st.sampled_from([Said(f"{number}") for number in range(12)]),
    st.sampled_from([Command("back"), Command("skip"), Command("leave"), Started()]),
)


@settings(max_examples=150)
@given(
    st.sampled_from(["interviews", "entry", "compare", "away", "debrief"]),
    ABOUTS,
    st.sampled_from([begun(), DECIDED, many(2, 1), many(6, 5)]),
    EVENTS,
    st.text(max_size=20),
)
def test_a_room_copes_with_whatever_it_is_said_to_be_about(
    room: str, about: str, session: Session, event: Event, option: str
) -> None:
    there = session.with_plan(replace(session.plan, detour=Detour(f"decide/{room}", about=about)))
    messages = shown(there)
    assert messages[-1].text
    now, messages = play(there, event)
    assert messages
    assert [plan.answers for plan in now.plans[: len(session.plans)]] == [
        plan.answers for plan in session.plans
    ] or isinstance(event, Command)
    asking = shown(there)[-1].controls[-1].token.rpartition("~")[2]
    for forged in (Chose(f"decide/{room}:{option}~{asking}"), Picked(f"decide/{room}~{asking}", (option,))):
        after, messages = play(there, forged)
        assert messages
        if option in dialog().machine.events:
            continue
        assert [plan.answers for plan in after.plans[: len(session.plans)]] == [
            plan.answers for plan in session.plans
        ]


def test_what_is_kept_loads_again_and_so_does_a_session_from_before_there_was_any() -> None:
    flow = dialog().flow
    for post in POSTS:
        assert loads(dumps(post, flow), flow) == post
    old = json.loads(dumps(DECIDED, flow))
    for key in ("settings", "reminders"):
        old.pop(key, None)
    for plan in old["plans"]:
        plan.pop("details", None)
    loaded = loads(json.dumps(old), flow)
    assert labels(shown(say(loaded, "my interviews")))[0] == "the bank"


def test_a_room_whose_button_reads_what_it_cannot_is_a_fault(tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    shutil.copytree(FLOWS, flows)
    path = flows / "decide.toml"
    path.write_text(path.read_text("utf-8").replace("outcome == 'going'", "verdict == 'go'"), "utf-8")
    with pytest.raises(ContentError, match="after the decision may read outcome only"):
        load(flows=flows)
