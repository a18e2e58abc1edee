"""The Home tab: where one was, and the ways on."""

from __future__ import annotations

import pytest
from slack_sdk.models.views import View

from bot.adapters.slack.home import form, home
from tests.bot.adapters.slack.conftest import Running, own
from tests.bot.adapters.slack.server import SlackApi


def words(block: str) -> str:
    return own("en", block)


def test_a_home_tab_and_a_form_are_what_slack_takes() -> None:
    long = "<b>Why?</b> " + "a &amp; b " * 1000
    for view in (home(words, "", "https://a.example"), home(words, long, "https://a.example")):
        View(**view).validate_json()
        assert len(view["blocks"]) <= 100
    asked = home(words, "Why?", "https://a.example")["blocks"]
    found = form(
        words, [block for block in asked if block["type"] == "section"], "T1:U1", "d/x~1", dated=True
    )
    View(**found).validate_json()
    assert found["blocks"][1]["text"]["text"] == "Why?"


async def test_home_goes_on_starts_anew_lists_interviews_and_helps(api: SlackApi, running: Running) -> None:
    anna = api.person()
    async with running():
        await anna.opens_home()
        await api.until(lambda: anna.home)
        assert anna.home
        data = ["My interviews", "Settings", "My data", "Erase everything"]
        assert anna.home.labels == ["Go on", "Start anew", *data, "Help"]
        assert own("en", "home_stands") not in anna.home.says
        await anna.taps("Go on")
        await api.until(lambda: anna.question)
        await api.quiet(0.1)
        assert "Which interview is it?" in anna.home.says
        await anna.taps("Skip")
        await api.quiet(0.1)
        assert "holds you back" in anna.home.says
        await anna.taps("Start anew", anna.home)
        await api.quiet(0.1)
        assert "Which interview is it?" in anna.home.says
        await anna.taps("My interviews", anna.home)
        await api.quiet(0.1)
        assert "Is there another?" in anna.home.says
        seen = len(anna.sent)
        await anna.taps("Help", anna.home)
        await api.quiet(0.1)
        assert any("Tap or type" in text for text in anna.texts[seen:])
        assert not api.refusals
        assert not api.unmeant


@pytest.mark.parametrize(
    ("button", "says"),
    [
        ("My interviews", "just this one so far"),
        ("Settings", "how things are set"),
        ("My data", "Here’s what I keep"),
        ("Erase everything", "Shall I erase it all?"),
    ],
)
async def test_home_leads_to_what_is_ones_own_and_erases_nothing_unasked(
    api: SlackApi, running: Running, button: str, says: str
) -> None:
    anna = api.person()
    async with running():
        await anna.says("hello")
        await anna.says("the bank")
        await anna.opens_home()
        await api.until(lambda: anna.home)
        assert anna.home
        await anna.taps(button, anna.home)
        await api.until(lambda: any(says in text for text in anna.texts))
        await anna.says("back")
        await api.until(lambda: anna.home and "holds you back" in anna.home.says)
        assert not api.refusals
        assert not api.unmeant


async def test_home_says_where_one_was_after_a_restart(api: SlackApi, running: Running) -> None:
    anna = api.person()
    async with running():
        await anna.says("hello")
        await api.quiet(0.1)
        assert not api.calls("views.publish"), "nobody looks at it"
    async with running():
        await anna.opens_home()
        await api.until(lambda: anna.home)
        assert anna.home
        assert "Which interview is it?" in anna.home.says
        await anna.opens_home("messages")
        await api.quiet(0.1)
        assert len(api.calls("views.publish")) == 1


async def test_a_home_tab_that_cannot_be_shown_holds_up_nothing(api: SlackApi, running: Running) -> None:
    anna = api.person()
    async with running(patience=1.0):
        await anna.opens_home()
        await api.quiet(0.1)
        api.fail("views.publish", 9, "hang", seconds=5)
        told = await anna.says("hello")
        assert told.seconds < 0.5
        await api.until(lambda: anna.question, 0.9)


async def test_whoever_is_forgotten_has_no_question_at_home(api: SlackApi, running: Running) -> None:
    anna, ben = api.person(), api.person(user="U0BEN")
    async with running() as bot:
        for person in (anna, ben):
            await person.opens_home()
            await person.says("hello")
            await api.until(lambda: person.question)  # noqa: B023 - awaited at once
        await api.quiet(0.1)
        assert anna.home
        assert ben.home
        assert "Which interview is it?" in anna.home.says
        shown = len(api.calls("views.publish"))
        for _ in range(2):
            await bot.adapter.forget(f"slack:{anna.team.id}:{anna.id}")
        await api.until(lambda: len(api.calls("views.publish")) == shown + 1)
        assert own("en", "home_stands") not in anna.home.says
        assert "Which interview is it?" in ben.home.says
        # It isn't known any more who has a Home tab open.
        assert list(bot.adapter._homes) == [(ben.team.id, ben.id)]
