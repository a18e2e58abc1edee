"""The engine takes whatever comes, in any order, and stays where its answers say it is."""

import gc
import itertools
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dialogs import markup, session
from dialogs.engine import Turn
from dialogs.events import Choice, Chose, Command, Event, Message, Picked, Said, Started
from dialogs.session import Session
from tests.dialogs import oracle
from tests.dialogs.people import NOW, answers, begun, buttons, dialog, play, say, typed, walked

GO = ("skip", "cooled_off", "none", "no", "no", "yes", "yes")
"""The shortest walk, line by line, to a verdict."""

JUNK = (
    "",
    " ",
    "\n",
    "purple elephants",
    "{{ 7*7 }}",
    "<b>bold</b>",
    "the bank, 2026-12-03",
    "x" * 10_000,
    "\x00\x1b[31m",
    "\ud800",
    "\u202egnikcah",
    "-1",
    "0",
    "99",
    "1,2,3",
    "none, 1",
    ",",
    "👍🏽",
    "/back",
    "decide/prepare:yes~1",
)
COMMANDS = (
    *("back", "skip", "why", "help", "talk", "restart", "stop", "again", "menu", "change", "suppose", "keep"),
    *(
        "leave",
        "checklist",
        "questions",
        "ready_words",
        "ready_words.warm",
        "note_names",
        "other_side",
        "sources",
    ),
    *("advance", "revisit", "imagine", "conclude", "nonsense", "", "done", "~", "\ud800"),
)
FORGED = (
    *(
        "",
        "~",
        ":~",
        "decide",
        "decide/prepare",
        "decide/prepare:yes",
        "decide/prepare:yes~",
        "other/prepare:yes~1",
    ),
    *(
        "decide/prepare:no~zzzzzz",
        "decide/verdict:going~-1",
        "decide/nowhere:yes~1",
        "\ud800~1",
        "~" * 10_000,
    ),
)

POSTS = [
    begun(),
    *itertools.accumulate(GO, say, initial=say(begun(), "the bank")),
    say(begun(), *GO, "change"),
    say(begun(), *GO, "suppose"),
    say(begun(), *GO, "suppose", "hesitations"),
    say(begun(), *GO, "suppose", "hesitations", "2"),
    say(begun(), *GO, "going"),
]
"""A conversation in each kind of state."""

Act = tuple[str, int]
ACTS = st.tuples(
    st.sampled_from(
        ["tap"] * 8
        + ["pick"] * 4
        + ["id", "label", "number"] * 2
        + ["junk", "command", "old", "forged", "start"]
    ),
    st.integers(0, 2**14),
)
"""Something a person may do: a kind, and a number that says which of those there are."""


def _option(token: str) -> str:
    return re.split("[:~]", token)[1]


class Person:
    """Somebody who does anything at all from some place on, and remembers every button shown since."""

    def __init__(self, post: Session | None = None) -> None:
        self.session = post or Session()
        self.messages: list[Message] = []
        self.seen: list[str] = []

    def event(self, act: Act) -> Event:
        """The event that an act stands for here."""
        kind, number = act
        last = self.messages[-1] if self.messages else None
        shown = buttons(self.messages)
        match kind:
            case "tap" if shown:
                return Chose(shown[number % len(shown)].token)
            case "pick" if last and last.token:
                options = [_option(choice.token) for choice in last.choices]
                ticked = tuple(o for bit, o in enumerate(options) if number >> bit & 1)
                return Picked(last.token, ticked[::-1] if number % 3 else ticked)
            case "id" | "label" | "number" if last and last.choices:
                choice: Choice = last.choices[number % len(last.choices)]
                number = number % len(last.choices) + 1
                return Said({"id": _option(choice.token), "label": choice.label}.get(kind, str(number)))
            case "old" if self.seen:
                return Chose(self.seen[number % len(self.seen)])
            case "forged":
                token = FORGED[number % len(FORGED)]
                return Chose(token) if number % 2 else Picked(token, ("none", "yes", ""))
            case "command":
                return Command(COMMANDS[number % len(COMMANDS)])
            case "start":
                return Started()
            case _:
                return Said(JUNK[number % len(JUNK)])

    def do(self, event: Event) -> None:
        """Does it, and checks what always holds."""
        turn = Turn(dialog(), self.session, NOW)
        turn.take(event)
        again, messages = dialog().step(self.session, event, NOW)
        assert (again, messages) == (turn.session, tuple(turn.messages))
        self.session, self.messages = turn.session, turn.messages
        self.seen += [choice.token for choice in buttons(self.messages)]
        assert turn.state == dialog().standing(self.session.plan), event
        self.check()

    def check(self) -> None:
        """What holds after every step."""
        plan, flow = self.session.plan, dialog().flow
        assert set(plan.answers) <= set(oracle.applies(plan.answers))
        assert self.messages
        for message in self.messages:
            assert markup.plain(message.text).strip()
            assert message.state.startswith("decide/")
            if message.progress:
                here, among = message.progress
                assert 1 <= here <= among <= 13
        tokens = [choice.token for choice in buttons(self.messages[-1:])]
        assert len(tokens) == len(set(tokens))
        assert all(len(token.encode()) <= 64 for token in (*tokens, *(m.token for m in self.messages)))
        assert all(len(choice.label) <= 64 and choice.label for choice in buttons(self.messages))
        saved = session.loads(session.dumps(self.session, flow), flow)
        assert saved == self.session
        assert dialog().step(saved, Started(), NOW) == dialog().step(self.session, Started(), NOW)


@settings(max_examples=40)
@given(st.integers(0, len(POSTS) - 1), st.lists(ACTS, max_size=40))
def test_whatever_anybody_does_no_step_raises_and_the_state_is_that_of_the_answers(
    post: int, acts: list[Act]
) -> None:
    person = Person(POSTS[post])
    person.do(Started())
    undo, plan = list[dict[str, Any]](), replace(POSTS[post].plan, detour=None)
    while plan.history:
        plan = plan.undone()
        undo.insert(0, dict(plan.answers))
    for act in acts:
        before, plan = person.session, person.session.plan
        person.do(person.event(act))
        after = person.session.plan
        if len(person.session.plans) > 1:
            # Another interview has a way back of its own: tests/dialogs/test_interviews.py.
            person.session = before
        elif len(after.history) > len(plan.history):
            assert len(after.history) == len(plan.history) + 1
            # A date may still have to be settled; and after the verdict, its room stays open.
            assert after.detour is None or after.detour.state == "decide/when"
            undo.append(dict(plan.answers))
        elif len(after.history) < len(plan.history):
            assert after.answers == undo.pop()
        else:
            assert after.answers == plan.answers
    while person.session.plan.detour:
        person.do(Said("back"))
    while undo:
        person.do(Command("back"))
        assert person.session.plan.answers == undo.pop()
        assert person.messages[0].state == "decide/undone"
    assert dialog().standing(person.session.plan) == "decide/interview"
    before = person.session
    person.do(Command("back"))
    assert person.session.plan == before.plan


@given(answers(whole=True))
def test_the_walk_asks_what_applies_once_and_ends_within_thirteen_questions(said: dict[str, Any]) -> None:
    now, asked = begun(), list[str]()
    while (state := dialog().standing(now.plan)) != "decide/verdict":
        question = state.removeprefix("decide/")
        asked.append(question)
        now = say(now, typed(said[question]))
        assert len(asked) <= 13
    assert asked == oracle.applies(said)[:-1]
    assert {q: a for q, a in now.plan.answers.items() if a is not None} == oracle.known(said)


@given(answers(whole=True))
def test_undoing_as_often_as_one_acted_is_where_it_began(said: dict[str, Any]) -> None:
    start = begun()
    states = [start]
    for question in oracle.applies(said)[:-1]:
        states.append(say(states[-1], typed(said[question])))
    now = states[-1]
    for before in reversed(states[:-1]):
        now = say(now, "back")
        assert (now.plan, dialog().standing(now.plan)) == (before.plan, dialog().standing(before.plan))
    assert now.plan == start.plan


def other_answer(draw: st.DrawFn, question: str) -> Any:
    if question in oracle.SEVERAL:
        options = oracle.SEVERAL[question]
        ticked = draw(st.integers(question != "pulls", 2 ** len(options) - 1))
        return tuple(option for bit, option in enumerate(options) if ticked >> bit & 1)
    return draw(st.sampled_from(oracle.SINGLE[question]))


@st.composite
def edits(draw: st.DrawFn) -> tuple[dict[str, Any], str, Any]:
    """A whole walk, one of its questions, and what to answer there instead."""
    said = draw(answers(whole=True))
    question = draw(
        st.sampled_from([*oracle.SEVERAL, *(q for q in oracle.applies(said) if q in oracle.SINGLE)])
    )
    return said, question, other_answer(draw, question)


@settings(max_examples=40)
@given(edits())
def test_an_edit_asks_again_only_what_depends_on_it_and_the_verdict(
    edit: tuple[dict[str, Any], str, Any],
) -> None:
    said, question, answer = edit
    decided = say(walked(said), "going")
    assert dialog().standing(decided.plan) == "decide/done"
    now = say(decided, "change", question, typed(answer))
    changed = {**said, question: answer}
    expected = [each for each in oracle.applies(changed) if each not in said]
    asked = []
    while (state := dialog().standing(now.plan)) != "decide/verdict":
        asked.append(state.removeprefix("decide/"))
        now = say(now, typed(oracle.SINGLE[asked[-1]][0]))
    assert [*asked, "outcome"] == expected
    assert list(now.plan.answers) == oracle.applies(changed)[:-1]
    for _ in range(len(asked) + 1):
        now = say(now, "back")
    assert now.plan.answers == decided.plan.answers
    assert dialog().standing(now.plan) == "decide/done"


@settings(max_examples=40)
@given(edits(), edits())
def test_edits_in_the_middle_of_edits_end_in_the_verdict(
    first: tuple[dict[str, Any], str, Any], second: tuple[dict[str, Any], str, Any]
) -> None:
    said, question, answer = first
    now = say(walked(said), "change", question, typed(answer))
    if second[1] in now.plan.answers:
        now, messages = play(now, Said("change"), Said(second[1]), Said(typed(second[2])))
        shown = {choice.token.split(":")[0] for message in messages for choice in message.choices}
        assert shown == {dialog().standing(now.plan)}
    for _ in range(13):
        state = dialog().standing(now.plan)
        if state == "decide/verdict":
            break
        now = say(now, typed(oracle.SINGLE[state.removeprefix("decide/")][1]))
    assert dialog().standing(now.plan) == "decide/verdict"


def test_editing_a_later_answer_does_not_pass_over_an_earlier_open_question() -> None:
    now = say(begun(), *GO, "change", "hesitations", "cooled_off, salary_too_low")
    assert dialog().standing(now.plan) == "decide/what_if.salary_review"
    now, messages = play(now, Said("change"), Said("prepare"), Said("yes"))
    assert messages[-1].state == dialog().standing(now.plan) == "decide/what_if.salary_review"


def test_a_skipped_question_counts_as_asked() -> None:
    now = say(begun(), "skip", "cooled_off", "need_income", "skip", "skip")
    assert now.plan.answers["runway"] is None
    now = say(now, "change", "hesitations", "just_to_see")
    assert dialog().standing(now.plan) == "decide/what_if.more_to_it"


def test_what_may_not_be_skipped_is_not() -> None:
    for question in ("hesitations", "pulls", "prepare", "honest"):
        now = say(begun(), *GO[: oracle.applies({"hesitations": ["cooled_off"]}).index(question)])
        after, messages = play(now, Said("skip"))
        assert (after, messages[-1].state) == (now, "decide/required")


@settings(max_examples=40)
@given(edits(), st.booleans())
def test_supposing_changes_nothing_until_it_is_kept(
    edit: tuple[dict[str, Any], str, Any], done: bool
) -> None:
    said, question, answer = edit
    before = say(walked(said), *(["going"] if done else []))
    if said.get(question) is None:
        return
    supposed, messages = play(before, Said("suppose"), Said(question), Said(typed(answer)))
    assert (supposed.plan.answers, supposed.plan.history) == (before.plan.answers, before.plan.history)
    _, verdict, _ = oracle.decide({**oracle.known(said), question: answer})
    assert messages[-1].state == "decide/supposed"
    assert f"<b>{dialog().words['en'].label('', f'verdict_{verdict}')}</b>" in messages[-1].text
    assert say(supposed, "leave").plan == say(supposed, "back").plan == before.plan
    kept = say(supposed, "keep").plan
    assert kept == say(before, "change", question, typed(answer)).plan
    assert say(supposed, "keep", "back").plan == before.plan


def test_one_can_suppose_again_without_losing_the_first_verdict() -> None:
    before = say(begun(), *GO)
    now = say(before, "suppose", "prepare", "no", "suppose", "honest", "no")
    assert now.plan.answers == before.plan.answers
    assert say(now, "leave").plan == before.plan


def test_the_verdict_is_asked_again_after_an_edit_but_not_after_another_name() -> None:
    now = say(begun(), *GO, "declining")
    assert dialog().standing(now.plan) == "decide/done"
    assert dialog().standing(say(now, "change", "prepare", "no").plan) == "decide/verdict"
    assert dialog().standing(say(now, "change", "interview", "the bank").plan) == "decide/done"
    assert say(now, "change", "prepare", "no", "back").plan == now.plan


def test_restart_can_be_undone() -> None:
    now = say(begun(), *GO, "declining")
    fresh = say(now, "restart")
    assert dict(fresh.plan.answers) == {}
    assert dialog().standing(fresh.plan) == "decide/interview"
    assert say(fresh, "back").plan == now.plan


def test_the_list_of_answers_to_change_keeps_its_order_after_an_undo() -> None:
    now = say(begun(), *GO)
    again = say(now, "change", "hesitations", "salary_too_low", "back")
    assert again.plan == now.plan

    def listed(here: Session, command: str) -> list[str]:
        return [choice.label for choice in play(here, Said(command))[1][-1].choices]

    assert listed(again, "change") == listed(now, "change")
    assert listed(again, "suppose") == listed(now, "suppose")


@settings(max_examples=40)
@given(st.integers(0, len(POSTS) - 1), st.lists(ACTS, max_size=25), st.integers(0, 2**10))
def test_an_old_button_changes_nothing_and_offers_what_is_open(
    post: int, acts: list[Act], which: int
) -> None:
    person = Person(POSTS[post])
    person.do(Started())
    for act in acts:
        person.do(person.event(act))
    here = f"{dialog().standing(person.session.plan)}"
    now = re.compile(rf"{re.escape(here)}(:\w[\w.]*)?~{_base36(person.session.asked)}")
    old = [token for token in (*person.seen, *FORGED) if not now.fullmatch(token)]
    token = old[which % len(old)]
    for event in (Chose(token), Picked(token, ("need_income",))):
        after, messages = play(person.session, event)
        assert after == person.session
        assert messages[0].state == "decide/stale"
        if here != "decide/talk":  # from there, "again" goes on
            assert messages[1:] == play(person.session, Command("again"))[1]


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return (_base36(number // 36) if number >= 36 else "") + digits[number % 36]


def test_a_double_tap_counts_once() -> None:
    now, messages = play(begun(), *map(Said, GO[:5]))
    yes = messages[-1].choices[0].token
    once, _ = play(now, Chose(yes))
    twice, messages = play(once, Chose(yes))
    assert twice == once
    assert [message.state for message in messages] == ["decide/stale", "decide/honest"]


def test_the_same_question_asked_again_has_other_buttons() -> None:
    now, messages = play(begun(), *map(Said, GO[:5]))
    old = {choice.token for choice in buttons(messages)}
    _, messages = play(now, Said("yes"), Said("back"))
    assert messages[-1].state == "decide/prepare"
    assert not old & {choice.token for choice in buttons(messages)}


@pytest.mark.parametrize(
    "options",
    [
        ("nonsense",),
        ("needs_practice", "none"),
        ("cooled_off",),
        ("",),
        ("need_income", "x" * 10_000),
        ("\ud800",),
    ],
)
def test_options_that_were_not_offered_are_not_taken(options: tuple[str, ...]) -> None:
    now, messages = play(begun(), Said("skip"), Said("cooled_off"))
    after, messages = play(now, Picked(messages[-1].token, options))
    assert after == now
    assert messages[0].state == "decide/stale"


def test_picking_nothing_is_an_answer_only_where_it_may_be() -> None:
    now, messages = play(begun(), Said("skip"))
    after, messages = play(now, Picked(messages[-1].token, ()))
    assert (after, messages[-1].state) == (now, "decide/required")
    now, messages = play(now, Said("cooled_off"))
    after, _ = play(now, Picked(messages[-1].token, ()))
    assert after.plan.answers["pulls"] == ()
    assert play(now, Picked(messages[-1].token, ("none",)))[0] == after


def test_options_are_kept_once_and_in_their_order() -> None:
    now, messages = play(begun(), Said("skip"))
    after, _ = play(now, Picked(messages[-1].token, ("cooled_off", "level_too_low", "cooled_off")))
    assert after.plan.answers["hesitations"] == ("level_too_low", "cooled_off")


@pytest.mark.parametrize("way", ["id", "label", "number", "words", "tap"])
def test_each_way_to_answer_leads_to_the_same_place(way: str) -> None:
    now, messages = play(begun(), *map(Said, GO[:6]))
    assert messages[-1].state == "decide/honest"
    choice = messages[-1].choices[1]
    said: dict[str, Event] = {
        "id": Said("NOT_SURE"),
        "label": Said(choice.label.upper()),
        "number": Said(" 2 "),
        "words": Said("dunno."),
        "tap": Chose(choice.token),
    }
    assert play(now, said[way])[0].plan.answers["honest"] == "not_sure"


def test_unclear_answers_get_more_help_each_time_and_an_understood_one_starts_over() -> None:
    now = say(begun(), "skip")

    def states(times: int) -> list[str]:
        return [message.state for message in play(now, *[Said("purple elephants")] * times)[1]]

    assert states(1) == ["decide/unclear"]
    assert states(2) == ["decide/unclear", "decide/hesitations"]
    assert states(3) == states(6) == ["decide/menu"]
    assert states(4) == ["decide/unclear"]
    assert [play(now, *[Said("zz")] * n)[0].unclear for n in (1, 2, 3, 4)] == [1, 2, 3, 1]
    once, twice = (play(now, *[Said("zz")] * n)[1] for n in (1, 2))
    assert once[0].choices
    assert twice[1].choices
    assert once[0].text != twice[0].text
    for reset in ("why", "help", "cooled_off", "back", "skip", "again", "stop", "change"):
        assert say(now, "zz", "zz", reset).unclear == 0, reset
    assert play(say(now, "zz", "zz"), Chose("decide/pulls:old~1"))[0].unclear == 2


def test_every_button_of_the_menu_does_something_here() -> None:
    now, messages = play(say(begun(), "the bank"), Said("zz"), Said("zz"), Said("zz"))
    states = []
    for choice in buttons(messages):
        _, after = play(now, Chose(choice.token))
        states.append(after[-1].state)
        assert after[0].state not in ("decide/stale", "decide/not_here"), choice
    assert states == [
        "decide/hesitations",
        "decide/interview",
        "decide/interview",
        "decide/help",
        "decide/stopped",
        "decide/talk",
    ]


@settings(max_examples=40)
@given(st.integers(0, len(POSTS) - 1), st.lists(ACTS, max_size=25))
def test_every_button_shown_is_understood_where_it_is_shown(post: int, acts: list[Act]) -> None:
    person = Person(POSTS[post])
    person.do(Started())
    for act in acts:
        person.do(person.event(act))
    # Where there is a way out and nothing else, "again" takes it, and what is shown is of that place.
    now, shown = play(person.session, Command("again"))
    for choice in buttons(shown):
        _, messages = play(now, Chose(choice.token))
        assert messages[0].state not in ("decide/stale", "decide/not_here"), choice
        _, typed_in = play(now, Said(choice.label))
        assert typed_in[0].state not in ("decide/unclear", "decide/not_here"), choice


def test_at_every_question_why_help_and_stop_are_understood_and_change_nothing() -> None:
    now = begun()
    for line in (*GO, "going"):
        for word, state in (("why", ".why"), ("help", "decide/help"), ("stop", "decide/stopped")):
            after, messages = play(now, Said(word))
            assert after == now
            assert messages[-1].state.endswith(state), (word, messages)
        now = say(now, line)


def test_stopping_says_so_and_keeps_everything() -> None:
    now = say(begun(), *GO[:4])
    after, messages = play(now, Said("quit"))
    assert (after, [message.ends for message in messages]) == (now, [True])
    _, messages = play(after, Started())
    assert [message.state for message in messages] == ["decide/welcome_back", "decide/what_if.love_it"]


def test_somebody_new_is_welcomed_and_asked() -> None:
    now, messages = play(Session(), Started())
    assert [message.state for message in messages] == ["decide/welcome", "decide/interview"]
    assert now.asked == 1


@given(st.text(max_size=200))
@example("\x00" * 10_000)
@example("\ud83d")
@example("²")
def test_no_text_raises_anywhere(text: str) -> None:
    for now in POSTS:
        after, messages = play(now, Said(text))
        assert messages
        flow = dialog().flow
        assert session.loads(session.dumps(after, flow), flow) == after
        session.dumps(after, flow).encode()
        for message in messages:
            markup.plain(message.text).encode()


def test_a_hundred_acts_and_more_can_be_made_and_the_last_hundred_undone() -> None:
    now = say(begun(), "skip", *["restart", "the bank"] * 60)
    assert len(now.plan.history) == 100
    now = say(now, *["back"] * 100)
    assert now.plan.history == ()
    assert say(now, "back").plan == now.plan


def test_the_same_step_gives_the_same_result_and_leaves_its_session_alone() -> None:
    now = say(begun(), *GO[:3])
    before = session.dumps(now, dialog().flow)
    assert play(now, Said("yes")) == play(now, Said("yes"))
    assert session.dumps(now, dialog().flow) == before


def test_conversations_leave_nothing_behind() -> None:
    def talk(number: int) -> None:
        say(
            begun(),
            f"Interview {number}",
            *GO[1:],
            "suppose",
            "prepare",
            "no",
            "keep",
            f"junk {number}",
            "going",
        )

    for number in range(20):
        talk(number)
    gc.collect()
    before = len(gc.get_objects())
    for number in range(150):
        talk(number)
    gc.collect()
    assert len(gc.get_objects()) - before < 50


def test_who_was_still_thinking_can_say_so_later() -> None:
    now, messages = play(say(say(begun(), *GO), "still_thinking"), Said("I’m going"))
    assert now.plan.answers["outcome"] == "going"
    assert [message.state for message in messages] == ["decide/said", "decide/done"]
    assert say(now, "back").plan.answers["outcome"] == "still_thinking"


@pytest.mark.parametrize("way_back", ["again", "back", "leave"])
def test_somebody_in_distress_is_left_in_peace_until_they_go_on(way_back: str) -> None:
    before = say(begun(), "skip")
    resting, messages = play(before, Said("talk"))
    assert [(message.state, message.choices) for message in messages] == [("decide/talk", ())]
    for text in ("I cannot go on", "2", "cooled_off", "zz"):
        after, messages = play(resting, Said(text))
        assert (after, [message.state for message in messages]) == (resting, ["decide/talk"]), text
    on, messages = play(resting, Said(way_back))
    assert (on.plan, messages[-1].state) == (before.plan, "decide/hesitations")


def test_every_thing_not_known_becomes_a_question_in_messages_of_a_few() -> None:
    reasons = ["salary_too_low, level_too_low, cooled_off", "needs_practice, need_income, competitive_intel"]
    now = say(begun(), "skip", *reasons, *["skip"] * 8, "partly", "not_sure")
    _, messages = play(now, Said("questions"))
    asked = [line for message in messages for line in message.text.splitlines() if line.startswith("• ")]
    words = dialog().words["en"]
    skipped = [question for question, answer in now.plan.answers.items() if answer is None]
    assert len(skipped) == 9
    for question in (*skipped, "prepare", "honest"):
        assert f"• {words.block(question, 'ask')}" in asked
    assert len(asked) == len(set(asked)) == len(skipped) + 5
    assert all(len(message.text.split()) <= 90 for message in messages)
    assert messages[-1].choices


@pytest.mark.parametrize("text", ["2", "3", "7"])
def test_numbers_are_the_menus_while_it_stands(text: str) -> None:
    menu = say(begun(), "skip", "cooled_off", *["zz"] * 3)
    choices = play(say(begun(), "skip", "cooled_off", "zz", "zz"), Said("zz"))[1][-1].choices
    number = int(text)
    _, messages = play(menu, Said(text))
    if number <= len(choices):
        expected = play(menu, Chose(choices[number - 1].token))[1]
        assert messages == expected
    else:
        assert messages[-1].state == "decide/unclear"
    assert say(menu, "I need the income").plan.answers["pulls"] == ("need_income",)


def test_what_comes_after_the_verdict_is_said_to_and_later_nothing_untrue() -> None:
    before, after = say(begun(), "skip"), say(say(begun(), *GO), "going")
    for command in ("sources", "suppose", "keep", "leave"):
        assert play(before, Said(command))[1][-1].text == dialog().words["en"].block("not_here", "text")
    for command in ("keep", "leave", "skip"):
        assert play(after, Said(command))[1][-1].text == dialog().words["en"].block("not_here", "later")


def test_why_is_answered_while_supposing_too() -> None:
    now = say(say(begun(), *GO), "suppose", "prepare")
    assert play(now, Said("why"))[1][-1].state == "decide/prepare.why"


def test_done_is_understood_where_it_stands_on_a_button() -> None:
    asked = say(begun(), "skip")
    assert play(asked, Said("done"))[1][-1].state == "decide/required"
    assert say(asked, "cooled_off", "Done").plan.answers["pulls"] == ()


@pytest.mark.parametrize("text", ["hello", "Should I go to this interview?"])
def test_who_writes_before_anything_was_asked_is_welcomed(text: str) -> None:
    after, messages = dialog().step(Session(), Said(text))
    assert [message.state for message in messages] == ["decide/welcome", "decide/interview"]
    assert not after.plan.answers
    _, told = dialog().step(Session(), Said("I want to kill myself"))
    assert told[0].state == "decide/talk"


def test_a_form_answers_the_question_it_was_written_for_and_no_other() -> None:
    asked = begun()
    form = dialog().step(asked, Command("again"))[1][-1].token
    answered, messages = dialog().step(asked, Said("the bank", form))
    assert [message.state for message in messages] == ["decide/said", "decide/hesitations"]
    for late in (form, "decide/interview~zz", "~"):
        after, messages = dialog().step(answered, Said("the bakery", late))
        assert after == answered
        assert [message.state for message in messages] == ["decide/stale", "decide/hesitations"]


def test_ticks_that_were_not_submitted_come_ticked_again() -> None:
    asked = say(begun(), "skip")
    shown = dialog().step(asked, Command("again"))
    why = next(control.token for control in shown[1][-1].controls if control.option == "why")
    noted, messages = dialog().step(shown[0], Chose(why, ("cooled_off", "need_income", "made_up")))
    assert [choice.option for choice in messages[-1].choices if choice.picked] == ["cooled_off"]
    none, messages = dialog().step(noted, Chose(why, ()))
    assert not any(choice.picked for choice in messages[-1].choices)
    assert dialog().step(noted, Chose(why))[1] == dialog().step(noted, Chose(why, ("cooled_off",)))[1]
    assert dialog().step(noted, Chose("decide/hesitations:why~zz", ()))[0] == noted
    assert not none.plan.answers.get("hesitations")
