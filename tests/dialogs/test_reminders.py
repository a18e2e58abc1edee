"""Reminders: asked for, called off, on time, late, and never where nobody wants them."""

import json
import math

import pytest

from dialogs.engine import Dialog
from dialogs.events import Choice, Chose, Command, Due, Event, Message, Said, Started
from dialogs.session import NUDGE, Reminder, Session, SessionError, dumps, loads
from dialogs.understand import understand
from tests.dialogs.people import begun, buttons, dialog, say

GO = ("the bank", "cooled_off", "none", "no", "no", "yes", "yes")
"""The shortest walk, line by line, to a verdict."""

NOW = 1_790_000_000.0
"""A moment in seconds since the epoch; which one doesn't matter."""

DAY, HOUR = 86_400.0, 3_600.0


def at(now: float, session: Session, *events: Event) -> tuple[Session, list[Message]]:
    """Steps at a moment; the messages of the last."""
    messages: tuple[Message, ...] = ()
    for event in events:
        session, messages = dialog().step(session, event, now)
    return session, list(messages)


def thinking() -> Session:
    """A conversation at its end, still thinking."""
    return say(begun(), *GO, "still_thinking")


def reminded(session: Session | None = None) -> Session:
    """A conversation in which a reminder was asked for."""
    return at(NOW, session or thinking(), Command("remind"))[0]


def states(messages: list[Message]) -> list[str]:
    return [message.state.removeprefix("decide/") for message in messages]


def offered(messages: list[Message]) -> set[str]:
    return {choice.option for choice in buttons(messages)}


@pytest.mark.parametrize(
    "line", ["remind me", "Remind me tomorrow", "remind me tomorrow, please!", "ask me again tomorrow"]
)
@pytest.mark.parametrize("lines", [(), GO[:2], GO, (*GO, "going"), (*GO, "suppose", "prepare")])
def test_one_can_ask_for_a_reminder_anywhere(line: str, lines: tuple[str, ...]) -> None:
    before = say(begun(), *lines)
    after, messages = at(NOW, before, Said(line))
    assert after.reminders == (Reminder("nudge", NOW + DAY),)
    assert (after.plan, after.asked) == (before.plan, before.asked)
    assert states(messages) == ["remind"]
    assert "<b>no reminder</b>" in messages[0].text


def test_what_names_an_interview_is_no_reminder() -> None:
    assert say(begun(), "tomorrow").plan.answers
    assert say(begun(), "gone").plan.answers


def test_asking_again_moves_it() -> None:
    after, _ = at(NOW + HOUR, reminded(), Said("remind me"))
    assert after.reminders == (Reminder(NUDGE, NOW + HOUR + DAY),)


def test_how_long_a_reminder_takes_is_the_dialogs() -> None:
    ours = dialog()
    other = Dialog(ours.flow, ours.table, ours.words, ours.people, nudge_after=5.0)
    assert other.step(begun(), Command("remind"), 10.0)[0].reminders == (Reminder(NUDGE, 15.0),)


@pytest.mark.parametrize("line", ["don’t remind me", "no reminder", "stop reminding me", "remind_off"])
def test_it_can_be_called_off_and_that_is_said(line: str) -> None:
    words = dialog().words["en"]
    after, messages = at(NOW, reminded(), Said(line))
    assert after == thinking()
    assert messages[0].text == words.block("remind", "off")
    again, messages = at(NOW, after, Said(line))
    assert again == after
    assert messages[0].text == words.block("remind", "none")


def test_who_is_still_thinking_has_a_button_for_it_and_then_one_against_it() -> None:
    def button(session: Session) -> Choice:
        _, messages = at(NOW, session, Command("again"))
        (found,) = [choice for choice in buttons(messages) if choice.option.startswith("remind")]
        return found

    on = button(thinking())
    assert on.label == "Remind me tomorrow"
    for event in (Chose(on.token), Said(on.label)):
        after, messages = at(NOW, thinking(), event)
        assert after == reminded()
        assert "remind" not in offered(messages)
        assert "remind_off" in offered(messages)
    off = button(reminded())
    assert off.label == "Don’t remind me"
    for event in (Chose(off.token), Said(off.label)):
        assert at(NOW, reminded(), event)[0] == thinking()
    for line in ("going", "declining"):
        _, messages = at(NOW, thinking(), Said(line))
        assert not {"remind", "remind_off"} & offered(messages)


@pytest.mark.parametrize("event", [Command("stop"), Command("restart"), Said("bye"), Said("start over")])
def test_leaving_and_starting_over_end_it_and_say_so_only_where_there_was_one(event: Event) -> None:
    after, messages = at(NOW, reminded(), event)
    assert after.reminders == ()
    assert "reminder" in messages[0].text
    without, messages = at(NOW, thinking(), event)
    assert without == after
    assert "reminder" not in messages[0].text
    assert at(NOW, after, Command("back"))[0].reminders == ()


@pytest.mark.parametrize("outcome", ["going", "declining"])
def test_deciding_ends_it_and_says_so_only_where_there_was_one(outcome: str) -> None:
    verdict = say(begun(), *GO)
    for before in (thinking(), verdict):
        after, messages = at(NOW, reminded(before), Said(outcome))
        assert after.reminders == ()
        assert states(messages) == ["said", "remind", "done"]
        assert states(at(NOW, before, Said(outcome))[1]) == ["said", "done"]
    after, messages = at(NOW, reminded(verdict), Said("still_thinking"))
    assert after.reminders == reminded().reminders
    assert states(messages) == ["said", "done"]


@pytest.mark.parametrize(
    "lines", [("change", "prepare", "no"), ("back",), ("suppose",), ("zz", "zz"), ("why",)]
)
def test_it_is_kept_through_everything_else(lines: tuple[str, ...]) -> None:
    assert at(NOW, reminded(), *map(Said, lines))[0].reminders == reminded().reminders
    assert at(NOW, reminded(), Started())[0].reminders == reminded().reminders


@pytest.mark.parametrize(
    "lines", [(), GO[:3], GO, (*GO, "going"), (*GO, "change", "prepare"), (*GO, "suppose")]
)
def test_when_its_time_comes_it_comes_back_to_what_is_open(lines: tuple[str, ...]) -> None:
    before = say(begun(), *lines)
    after, messages = at(NOW + DAY, reminded(before), Due("nudge"))
    assert after == before
    assert messages[0].state == "decide/nudge"
    assert messages[1:] == at(NOW, before, Command("again"))[1]
    assert at(NOW + DAY, after, Due("nudge")) == (after, [])


def test_it_names_the_interview_where_it_has_a_name() -> None:
    for name, said in (("the <i>bank</i>", "“the &lt;i&gt;bank&lt;/i&gt;”"), ("skip", "come back to this")):
        _, messages = at(NOW + DAY, reminded(say(begun(), name)), Due(NUDGE))
        assert said in messages[0].text


def test_numbers_are_the_open_questions_again_after_it() -> None:
    menu = say(begun(), "skip", "cooled_off", *["zz"] * 3)
    after, _ = at(NOW + DAY, at(NOW, menu, Command("remind"))[0], Due(NUDGE))
    assert (after.shown, after.unclear) == ((), 0)


@pytest.mark.parametrize(
    ("late", "said"),
    [
        (-60, ""),
        (0, ""),
        (6 * HOUR, ""),
        (6 * HOUR + 1, "a few hours late"),
        (11 * HOUR, "a few hours late"),
        (13 * HOUR, "about a day late"),
        (35 * HOUR, "about a day late"),
        (37 * HOUR, "2 days late"),
        (7 * DAY, "7 days late"),
        (NOW, "20718 days late"),
    ],
)
def test_it_says_how_late_it_is_where_that_matters(late: float, said: str) -> None:
    _, messages = at(NOW + DAY + late, reminded(), Due(NUDGE))
    assert said in messages[0].text
    assert ("late" in messages[0].text) == bool(said)


@pytest.mark.parametrize("name", ["nudge", "other", "", "\ud800"])
def test_what_nobody_asked_for_changes_nothing_and_says_nothing(name: str) -> None:
    for before in (Session(), begun(), thinking()):
        assert at(NOW, before, Due(name)) == (before, [])
    early = reminded()
    assert at(NOW + DAY - 61, early, Due(name)) == (early, [])
    if name != NUDGE:
        assert at(NOW + DAY, early, Due(name)) == (early, [])


def test_a_reminder_of_another_name_is_spent_without_a_word() -> None:
    before = Session(asked=1, reminders=(Reminder("other", NOW), Reminder(NUDGE, NOW)))
    after, messages = at(NOW, before, Due("other"))
    assert (after.reminders, messages) == ((Reminder(NUDGE, NOW),), [])


def test_nobody_in_distress_is_pushed() -> None:
    resting = say(reminded(), "talk")
    assert resting.reminders
    after, messages = at(NOW + DAY, resting, Due(NUDGE))
    assert (after.plan, after.reminders, messages) == (resting.plan, (), [])
    # What would then not be kept isn't promised either.
    still, messages = at(NOW, after, Said("remind me"))
    assert (still, states(messages)) == (after, ["talk"])


def test_who_is_gone_is_not_reminded_and_nothing_else_changes() -> None:
    for before in (thinking(), say(begun(), *GO, "suppose"), Session()):
        assert at(NOW, reminded(before), Command("gone")) == (before, [])
        assert at(NOW, before, Command("gone")) == (before, [])


def test_nobody_says_of_themselves_that_they_are_gone() -> None:
    _, messages = at(NOW, reminded(), Command("again"))
    forged = messages[-1].choices[0].token.replace(":going~", ":gone~")
    for event in (Said("gone"), Said("/gone"), Chose(forged)):
        after, messages = at(NOW, reminded(), event)
        assert after.reminders == reminded().reminders
        assert messages


def test_reminders_are_the_conversations_own_command_and_no_other_programs() -> None:
    for text in ("remind me tomorrow", "no reminder"):
        assert understand(text, ()).command is None


# --- as JSON ---


def saved(reminders: object) -> Session:
    data = {**json.loads(dumps(thinking(), dialog().flow)), "reminders": reminders}
    return loads(json.dumps(data), dialog().flow)


def test_reminders_are_stored_only_where_there_are_any() -> None:
    flow = dialog().flow
    assert "reminders" not in json.loads(dumps(thinking(), flow))
    stored = dumps(reminded(), flow)
    assert json.loads(stored)["reminders"] == [["nudge", NOW + DAY]]
    assert loads(stored, flow) == reminded()
    assert saved([]) == thinking()
    assert saved([["a_b", 0]] * 20).reminders == (Reminder("a_b", 0.0),) * 20


@pytest.mark.parametrize(
    "reminders",
    [
        None,
        5,
        "ab",
        {"nudge": 5},
        [5],
        [[]],
        [["nudge"]],
        [["nudge", 5, 5]],
        [["nudge", "5"]],
        [["nudge", True]],
        [["nudge", None]],
        [["nudge", -1]],
        [["nudge", math.nan]],
        [["nudge", math.inf]],
        [["nudge", 10**400]],
        [["", 5]],
        [["Nudge", 5]],
        [["nudge 2", 5]],
        [["nudge\n", 5]],
        [[5, 5]],
        [["nudge", 5]] * 42,
    ],
    ids=lambda value: repr(value)[:40],
)
def test_reminders_that_nobody_asked_for_are_refused(reminders: object) -> None:
    with pytest.raises(SessionError, match="together"):
        saved(reminders)
