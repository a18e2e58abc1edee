"""The verdict to keep: what stands on the card and in the Markdown, and what never does."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.card import ASKS_MOST, card
from dialogs.engine import Turn
from dialogs.events import Attachment, Chose, Message, Said
from dialogs.session import Session
from tests.dialogs.people import answers, begun, play, say, walked
from tests.dialogs.people import dialog as load

LABEL = "<b>@channel {{7*7}} ../../etc"


def decided(label: str = LABEL, date: str = "2028-02-29") -> Session:
    return say(
        begun(), f"{label}, {date}" if date else label, "2,3", "2, 4", "skip", "maybe",
        "maybe", "no", "no", "no", "yes", "yes", "not sure",
    )  # fmt: skip


def made(session: Session, personal: bool, theme: Any = "light") -> tuple[dict[str, Any], str]:
    """What stands on the card, and the Markdown."""
    picture, text = card(Turn(load(), session).view, theme, personal)
    assert (picture.kind, picture.name) == ("card", "whatif-verdict.png")
    assert (text.kind, text.name) == ("file", "whatif-verdict.md")
    return json.loads(picture.data), text.data


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_card_has_the_verdict_why_what_would_flip_it_and_what_to_ask(theme: str) -> None:
    session = decided()
    verdict = play(session, Said("again"))[1]
    shown, _ = made(session, False, theme)
    said = "\n".join(re.sub("<[^>]*>", "", message.text) for message in verdict)
    assert shown["theme"] == theme
    assert shown["verdict"] == "Go"
    assert shown["headline"] in said
    assert not shown["headline"].startswith("Go.")
    assert shown["because"]
    assert shown["flips"]
    for line in (*shown["because"], *shown["flips"]):
        assert f"• {line}" in said
    assert 1 <= len(shown["asks"]) <= ASKS_MOST
    assert set(shown["headings"]) == {"because", "flips", "asks"}
    assert "opinion" in shown["footer"].casefold()
    for text in (shown["headline"], shown["footer"], *shown["because"], *shown["flips"], *shown["asks"]):
        assert not re.search("[<>&\n]", text)


def test_what_the_person_wrote_stands_on_it_only_where_they_say_so() -> None:
    session = decided()
    shown, text = made(session, personal=False)
    assert "label" not in shown
    assert "date" not in shown
    for part in ("channel", "7*7", "etc", "2028", "02"):
        assert part not in json.dumps(shown) + text
    shown, text = made(session, personal=True)
    assert (shown["label"], shown["date"]) == (LABEL, "Tuesday 29 February 2028")
    own = [line for line in text.splitlines() if "channel" in line or "2028" in line]
    assert own == [r"**\<b\>\@channel \{\{7\*7\}\} \.\.\/\.\.\/etc**", "Tuesday 29 February 2028"]


def test_without_a_name_or_a_date_there_is_none() -> None:
    for session in (decided("skip", ""), decided("the bakery", "")):
        shown, text = made(session, personal=True)
        assert "date" not in shown
        assert ("label" in shown) == ("bakery" in text)


def test_the_markdown_is_headings_and_lists() -> None:
    shown, text = made(decided("the bakery"), personal=True)
    paragraphs = text.removesuffix("\n").split("\n\n")
    assert not any("\n" in paragraph for paragraph in paragraphs)
    wanted = [f"# {shown['verdict']}", shown["headline"], "**the bakery**", "Tuesday 29 February 2028"]
    for name in ("because", "flips", "asks"):
        wanted += [f"## {shown['headings'][name]}", *(f"- {line}" for line in shown[name])]
    assert paragraphs == [*wanted, f"*{shown['footer']}*"]


def test_a_list_with_nothing_in_it_has_no_heading() -> None:
    said = {"interview": "the bakery", "hesitations": ("just_to_see",), "pulls": ()}
    what_ifs = {"what_if.more_to_it": "no", "what_if.love_it": "no"}
    shown, text = made(walked({**said, **what_ifs, "prepare": "no", "honest": "yes"}), True)
    assert shown["asks"] == []
    assert shown["headings"]["asks"] not in text


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=60))
def test_whatever_a_name_is_markdown_finds_nothing_in_it(name: str) -> None:
    session = decided("the bakery", "")
    plan = session.plan
    answer: Any = plan.answers["interview"]
    named = plan.changed({**plan.answers, "interview": type(answer)(name, "")})
    shown, text = made(session.with_plan(named), personal=True)
    clean = " ".join(name.split())
    if not clean:
        return
    assert shown["label"] == name
    (line,) = [line for line in text.split("\n\n") if line.startswith("**")]
    written = line[2:-2]
    assert not _bare(written)
    assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", written) == clean


def _bare(written: str) -> list[int]:
    """Where a sign stands that no backslash takes the meaning from."""
    found, at = [], 0
    while at < len(written):
        if written[at] == "\\":
            at += 2
            continue
        if re.match(r"[!-/:-@\[-`{-~]", written[at]):
            found.append(at)
        at += 1
    return found


@settings(max_examples=40, deadline=None)
@given(answers(whole=True))
def test_every_verdict_has_a_card(said: dict[str, Any]) -> None:
    shown, text = made(walked(said), personal=True)
    assert all(shown[key].strip() for key in ("verdict", "headline", "footer"))
    assert 1 <= len(shown["because"]) <= 3
    assert len(shown["flips"]) <= 3
    assert text.startswith(f"# {shown['verdict']}\n\n")


# --- the room ---


def labels(message: Message) -> list[str]:
    return [choice.label for choice in message.choices]


def test_the_room_gives_it_in_both_colours_with_the_name_or_without() -> None:
    inside, shown = play(decided(), Said("a picture to keep"))
    assert labels(shown[-1]) == ["Light", "Dark", "Light, with its name", "Dark, with its name"]
    for choice in shown[-1].choices:
        after, (given_, again) = play(inside, Chose(choice.token))
        theme, _, own = choice.option.partition("_")
        view = Turn(load(), inside).view
        assert given_.attachments == card(view, theme, bool(own))  # type: ignore[arg-type]
        assert not given_.choices
        assert labels(again) == labels(shown[-1])
        assert after.plan.answers == inside.plan.answers


def test_an_interview_without_a_name_is_asked_about_none() -> None:
    shown = play(decided("skip", ""), Said("a picture to keep"))[1]
    assert labels(shown[-1]) == ["Light", "Dark"]
    assert "name" not in shown[-1].text


def test_a_forged_button_shows_no_name() -> None:
    inside, shown = play(decided("skip", ""), Said("a picture to keep"))
    token = shown[-1].choices[0].token.replace("light", "light_own")
    assert play(inside, Chose(token))[1][0].state == "decide/stale"


def test_a_tap_that_comes_twice_brings_one_picture() -> None:
    inside, shown = play(decided(), Said("a picture to keep"))
    tap = Chose(shown[-1].choices[0].token)
    after, messages = play(inside, tap)
    assert sum(len(message.attachments) for message in messages) == 2
    _, messages = play(after, tap)
    assert messages[0].state == "decide/stale"
    assert not any(message.attachments for message in messages)


def test_there_is_none_before_the_verdict() -> None:
    _, messages = play(say(begun(), "the bakery"), Said("a picture to keep"))
    assert messages[0].state == "decide/not_here"


def test_attachments_of_a_card_are_names_that_every_platform_takes() -> None:
    for attachment in card(Turn(load(), decided()).view, "light", True):
        assert isinstance(attachment, Attachment)
        assert re.fullmatch(r"[A-Za-z0-9-]{1,60}\.[a-z0-9]{1,8}", attachment.name)
