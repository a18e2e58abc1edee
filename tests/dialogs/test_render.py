"""What is shown: well-formed, its buttons right, and never a person's words as markup."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs import markup
from dialogs.events import Command, Message, Said, Started
from dialogs.render import base36
from dialogs.session import Session
from tests.dialogs import oracle
from tests.dialogs.people import answers, begun, dialog, play, say, walked

HARM = (
    "{{ 7*7 }}",
    "<b>bold</b>",
    "{% raw %}",
    "<a href='https://evil.example'>win</a>",
    "&amp;lt;",
    "</blockquote>",
    "*x* _y_ @here",
)


def all_shown(session: Session) -> list[Message]:
    """What is said in a conversation: all over again, and every aside and command here."""
    commands = [aside.id for aside in dialog().flow.asides]
    shown = []
    for command in (*commands, "again", "change", "suppose", "stop", "menu", "back", "skip", "nonsense"):
        shown += play(session, Command(command))[1]
    return [*shown, *play(session, Started())[1]]


@pytest.mark.parametrize("text", HARM)
def test_a_persons_words_never_become_markup(text: str) -> None:
    now, messages = play(begun(), Said(text))
    said = messages[0]
    assert said.state == "decide/said"
    assert text in markup.plain(said.text)
    assert all(span.tags == () for span in markup.parse(said.text))
    _, messages = play(now, Started())
    assert text in markup.plain(messages[0].text)
    assert all(span.tags == () for span in markup.parse(messages[0].text))
    changed, messages = play(say(now, "change", "interview"), Said(f"{text} too"))
    assert f"{text} too" in markup.plain(messages[0].text)
    assert changed.plan.answers != now.plan.answers


@settings(max_examples=50)
@given(st.text(min_size=1, max_size=60))
def test_whatever_a_person_types_as_a_name_is_shown_as_it_is_kept(text: str) -> None:
    now, messages = play(begun(), Said(text))
    if "interview" not in now.plan.answers or now.plan.answers["interview"] is None:
        return
    interview = now.plan.answers["interview"]
    shown = markup.plain(messages[0].text)
    assert getattr(interview, "label", "?") in shown
    assert shown.isprintable() or re.search(r"[\u00a0-\U0010ffff]", shown)


@settings(max_examples=30)
@given(answers(whole=True), st.integers(0, 13))
def test_every_message_is_in_the_markup_and_has_no_loose_ends(said: dict[str, Any], until: int) -> None:
    asked = oracle.applies(said)[:-1]
    now = begun()
    for question in asked[:until]:
        value = said[question]
        now = say(
            now, "skip" if value is None else value if isinstance(value, str) else ", ".join(value) or "none"
        )
    for message in all_shown(now):
        shown = markup.plain(message.text)
        assert shown == shown.strip()
        assert not re.search(r"[{}]|  |\n{3}|_\w+_|[\ue000-\uf8ff]", shown), shown
        assert len(shown.split()) <= 200
        for choice in (*message.choices, *message.controls):
            assert not re.search(r"[<>&{}\n]", choice.label)


@settings(max_examples=30)
@given(answers(whole=True))
def test_the_verdict_comes_in_three_messages_with_reasons_and_flips(said: dict[str, Any]) -> None:
    _, messages = play(walked(said), Command("again"))
    decided = dialog().table.decide(said)
    assert [message.state for message in messages] == [
        "decide/verdict",
        "decide/verdict.chairs",
        "decide/verdict.next",
    ]
    assert messages[0].note == f"{decided.verdict} {decided.row}"
    assert len(re.findall("^• ", markup.plain(messages[0].text), re.MULTILINE)) == len(decided.because)
    assert (messages[0].choices, messages[1].choices) == ((), ())
    assert [choice.token.split(":")[1].split("~")[0] for choice in messages[2].choices][:3] == list(
        oracle.OUTCOMES
    )


def test_progress_counts_the_questions_that_apply() -> None:
    now, seen = begun(), []
    for line in ("skip", "cooled_off", "need_income", "urgent", "no", "no", "no", "yes", "yes"):
        seen.append(play(now, Command("again"))[1][-1].progress)
        now = say(now, line)
    assert seen[:3] == [(1, 6), (2, 6), (3, 7)]
    assert seen[3:] == [(number, 9) for number in range(4, 10)]


def test_what_was_answered_is_ticked_where_it_is_changed() -> None:
    now = say(begun(), "skip", "cooled_off, just_to_see", "none")
    _, messages = play(now, Said("change"), Said("hesitations"))
    ticked = [choice.token for choice in messages[-1].choices if choice.picked]
    assert [re.split("[:~]", token)[1] for token in ticked] == ["cooled_off", "just_to_see"]
    assert not any(choice.picked for choice in play(now, Command("again"))[1][-1].choices)


def test_an_answer_says_which_asking_it_answers() -> None:
    now = say(begun(), "skip")
    _, messages = play(now, Said("cooled_off"))
    assert [message.replaces for message in messages] == [now.asked, None]


def test_an_unknown_locale_is_shown_in_english() -> None:
    assert play(Session(locale="tlh"), Started())[1] == play(Session(), Started())[1]


def test_skip_has_a_button_only_where_it_is_allowed_and_why_at_every_question() -> None:
    for said in ({"hesitations": ("cooled_off",), "pulls": oracle.PULLS},):
        now = begun()
        lines = {"hesitations": "cooled_off", "pulls": ", ".join(oracle.PULLS), "interview": "skip"}
        for question in oracle.applies(said)[:-1]:
            names = [
                re.split("[:~]", control.token)[1] for control in play(now, Command("again"))[1][-1].controls
            ]
            assert ("skip" in names) == (question in oracle.SKIPPABLE), question
            assert "why" in names
            assert ("back" in names) == (question != "interview")
            now = say(now, lines.get(question, "1"))


@given(st.integers(0, 2**70))
def test_base_36_is_read_back(number: int) -> None:
    assert int(base36(number), 36) == number
    assert base36(number) == base36(number).lower()
