"""What comes from Slack: told twice, forged, late, from elsewhere; and what it is taken for."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from bot.adapters.slack import incoming
from bot.adapters.slack.incoming import Heard, Refused, plain
from dialogs.events import Command, Said, Started
from tests.bot.adapters.slack.conftest import Bot, Running
from tests.bot.adapters.slack.payloads import (
    Forge,
    as_team,
    as_user,
    on_ts,
    with_action,
    with_state,
    with_value,
    with_view,
)
from tests.bot.adapters.slack.people import Person
from tests.bot.adapters.slack.server import SlackApi

EVERYTHING = "SELECT id, state, version, shown FROM conversation ORDER BY id"


async def at_the_boxes(api: SlackApi) -> Person:
    """Anna, before whom the first boxes stand."""
    anna = api.person()
    await anna.command("/interview")
    await api.quiet(0.1)
    await anna.taps("Skip")
    await api.quiet(0.1)
    assert anna.options
    return anna


async def refused(bot: Bot, api: SlackApi, why: str, before: float = 0.0) -> None:
    """Waits until something was refused for this reason, and sees that nothing came of it."""
    await api.quiet(0.1)
    assert bot.refused(why) == before + 1


def test_what_is_typed_arrives_as_it_was_typed() -> None:
    assert plain("a &lt;b&gt; &amp;amp;") == "a <b> &amp;"
    assert plain("see <https://a.example/?x=1&amp;y=2|a.example> now") == "see a.example now"
    assert plain("<https://a.example>") == "https://a.example"
    assert plain("<mailto:a@b.example|a@b.example>") == "a@b.example"
    assert plain("<@U1|anna> <@U2> <#C1|general> <!here> <!date^1^{date}|Monday>") == (
        "@anna @U2 #general @here Monday"
    )


def test_a_message_is_what_a_person_wrote_to_the_bot_and_nothing_else() -> None:
    def said(**event: object) -> object:
        inner = {"type": "message", "channel_type": "im", "user": "U1", "text": "hi", **event}
        return incoming.said({"event_id": "Ev1", "event": inner})

    assert said() == Heard("Ev1", Said("hi"))
    assert said(text="", subtype="file_share") == Heard("Ev1", Command("unreadable"))
    assert said(subtype="file_share") == Heard("Ev1", Said("hi"))
    for other in (
        {"channel_type": "channel"},
        {"bot_id": "B1"},
        {"user": None},
        {"subtype": "message_deleted"},
    ):
        assert said(**other) is None
    changed = {"subtype": "message_changed", "message": {"user": "U1", "text": "new"}}
    assert said(**changed, previous_message={"text": "old"}) == Heard("Ev1", Command("edited"))
    assert said(**changed, previous_message={"text": "new"}) is None
    assert said(subtype="message_changed", message={"bot_id": "B1", "text": "new"}) is None


def test_a_command_may_say_something() -> None:
    assert incoming.called({"trigger_id": "1", "text": ""}) == Heard("1", Started())
    assert incoming.called({"trigger_id": "1", "text": " help "}) == Heard("1", Said("help"))


def test_what_is_not_ours_is_refused() -> None:
    assert incoming.pressed({"actions": [{"action_id": "home.away", "action_ts": "1"}]}, "T:U") == Refused(
        "action"
    )


async def test_a_retry_storm_changes_nothing(api: SlackApi, running: Running) -> None:
    anna = api.person()
    api.retry_storm(3)
    async with running() as bot:
        await anna.says("hello")
        await api.quiet()
        await anna.says("the bank")
        await api.quiet()
        assert bot.turned == 2
        assert bot.counted("whatif_events_total", known="yes") == 4
        assert len(api.calls("chat.postMessage")) == len(anna.sent)
        assert not api.refusals


async def test_what_comes_again_is_not_taken_again(api: SlackApi, running: Running) -> None:
    async with running() as bot:
        anna = await at_the_boxes(api)
        await anna.ticks(anna.options[0])
        told = await anna.submits()
        await api.quiet(0.1)
        turned, seen = bot.turned, anna.texts
        for _ in range(3):
            assert (await api.resend(told)).status == 200
        await api.quiet(0.1)
        assert (bot.turned, anna.texts) == (turned, seen)


async def test_a_form_sent_in_twice_answers_once(api: SlackApi, running: Running) -> None:
    anna = api.person()
    async with running() as bot:
        await anna.command("/interview")
        await api.quiet(0.1)
        await anna.taps("Write it")
        await api.until(lambda: anna.modal)
        told = await anna.submits_view({"text": "the bank"})
        await api.quiet(0.1)
        turned, seen = bot.turned, anna.texts
        assert (await api.resend(told)).status == 200
        await api.quiet(0.1)
        assert (bot.turned, anna.texts) == (turned, seen)


async def test_a_bad_signature_is_refused(api: SlackApi, running: Running) -> None:
    anna = api.person()
    async with running() as bot:
        told = await anna.says("hello")
        await api.quiet(0.1)
        turned = bot.turned
        told.body["event_id"] = "Ev-another"
        assert (await api.resend(told, secret="another secret")).status == 401
        assert (await api.resend(told, at=time.time() - 360)).status == 401
        assert (await api.resend(told, at=time.time() + 360)).status == 401
        assert (await api.post(b"{}", headers={"X-Slack-Signature": ""})).status == 401
        await refused(bot, api, "signature", 3)
        assert bot.turned == turned
        assert (await api.resend(told)).status == 200
        await api.until(lambda: bot.turned == turned + 1)


@pytest.mark.parametrize(
    "body", [b"[]", b"{", b'{"type": "event_callback", "event": 1}', b"\xff", b"null", b""]
)
async def test_what_cannot_be_read_is_refused(body: bytes, api: SlackApi, running: Running) -> None:
    async with running() as bot:
        assert (await api.post(body)).status in (400, 401, 404, 500)
        assert await bot.rows(EVERYTHING) == []


@pytest.mark.parametrize(
    ("forge", "why"),
    [
        (as_user("U0BEN"), "owner"),
        (as_team("T0OTHER"), "owner"),
        (on_ts("1.2", "C0GENERAL"), "owner"),
        (with_value("decide/hesitations:back~zz"), "value"),
        (with_value("nonsense"), "value"),
        (with_action(action_id="steal"), "action"),
        (with_action(action_id="home.restart"), "action"),
    ],
)
async def test_a_forged_action_changes_nothing(
    forge: Forge, why: str, api: SlackApi, running: Running
) -> None:
    async with running() as bot:
        anna = await at_the_boxes(api)
        api.person(user="U0BEN")
        before, asked = await bot.rows(EVERYTHING), len(api.requests)
        told = await anna.taps("Back", forge=forge)
        assert told.status == 200
        await refused(bot, api, why)
        assert await bot.rows(EVERYTHING) == before
        assert len(api.requests) == asked


async def test_ticks_outlast_a_question_asked_back(api: SlackApi, running: Running) -> None:
    async with running():
        anna = await at_the_boxes(api)
        await anna.ticks(anna.options[0])
        await anna.taps("Why do you ask?")
        await api.quiet(0.1)
        assert "initial_options" in str(anna.question and anna.question.blocks)
        await anna.submits()
        await api.quiet(0.1)
        assert any("You said: Unsure what I want" in text for text in anna.texts)


@pytest.mark.parametrize(
    "value", ["decide/pulls:need_income~2", "decide/hesitations:made_up~2", "", "x" * 500]
)
async def test_only_what_was_shown_can_be_ticked(value: str, api: SlackApi, running: Running) -> None:
    async with running() as bot:
        anna = await at_the_boxes(api)
        before = await bot.rows(EVERYTHING)
        assert anna.question
        block, boxes = next(
            (block["block_id"], each)
            for block in anna.question.blocks
            for each in block.get("elements", [])
            if each["type"] == "checkboxes"
        )
        option = {"text": {"type": "plain_text", "text": "x"}, "value": value}
        forged = {block: {boxes["action_id"]: {"type": "checkboxes", "selected_options": [option]}}}
        await anna.submits(forge=with_state(forged))
        await refused(bot, api, "state")
        assert await bot.rows(EVERYTHING) == before


@pytest.mark.parametrize(
    ("forge", "why"),
    [
        (as_user("U0BEN"), "owner"),
        (as_team("T0OTHER"), "owner"),
        (with_view(private_metadata="T0WHATIF:U0BEN"), "owner"),
        (with_state({}), "body"),
        (with_state({"text": {"text": {"value": " "}}, "date": {"date": {"selected_date": None}}}), "state"),
        (
            with_state({"text": {"text": {"value": "a"}}, "date": {"date": {"selected_date": "soon"}}}),
            "state",
        ),
    ],
)
async def test_a_forged_form_changes_nothing(forge: Forge, why: str, api: SlackApi, running: Running) -> None:
    anna = api.person()
    async with running() as bot:
        await anna.command("/interview")
        await api.quiet(0.1)
        await anna.taps("Write it")
        await api.until(lambda: anna.modal)
        before = await bot.rows(EVERYTHING)
        await anna.submits_view({"text": "the bank"}, forge=forge)
        await refused(bot, api, why)
        assert await bot.rows(EVERYTHING) == before


async def test_a_form_that_was_left_open_answers_nothing_that_was_asked_since(
    api: SlackApi, running: Running
) -> None:
    anna = api.person()
    async with running():
        await anna.command("/interview")
        await api.quiet(0.1)
        await anna.taps("Write it")
        await api.until(lambda: anna.modal)
        await anna.says("the bank")
        await api.until(lambda: anna.options)
        await anna.says("back")
        await api.quiet(0.1)
        await anna.submits_view({"text": "the bakery"})
        await api.quiet(0.1)
        assert "the bakery" not in "\n".join(anna.texts)
        assert "earlier question" in anna.texts[-2]
        assert anna.labels[0] == "Write it"


async def test_an_old_button_and_a_double_tap_change_nothing(api: SlackApi, running: Running) -> None:
    async with running() as bot:
        anna = await at_the_boxes(api)
        boxes = anna.question
        await anna.ticks(anna.options[0])
        await asyncio.gather(anna.submits(), anna.submits())
        await api.quiet(0.1)
        states = await bot.rows("SELECT state FROM conversation")
        assert len(states) == 1
        assert len(anna.live) == 1
        await anna.taps("Back", boxes, version=0)
        await api.quiet(0.1)
        assert len(anna.live) == 1
        assert not api.refusals


async def test_in_a_channel_only_the_asker_hears_and_nothing_is_kept_of_it(
    api: SlackApi, running: Running
) -> None:
    anna, ben = api.person(), api.person(user="U0BEN")
    async with running() as bot:
        await anna.command("/interview", channel="C0GENERAL")
        await api.quiet(0.1)
        message = ben.writes_in("C0GENERAL", "Who wants this job at Initech?")
        await ben.shortcut("should_i_go", message)
        await api.quiet(0.1)
        for person in (anna, ben):
            (told,) = person.ephemeral
            assert told.only_for == person.id
            assert told.labels == ["Open it"]
            assert "app_redirect?app=A0WHATIF&team=T0WHATIF" in told.buttons[0]["url"]
            assert person.sent
        assert [shown.only_for for shown in api.seen_in("C0GENERAL", None)] == [None]
        (tapped,) = [await anna.taps("Open it", anna.ephemeral[0])]
        assert tapped.status == 200
        for table in ("conversation", "event", "message", "budget"):
            kept = str(await bot.rows(f"SELECT * FROM {table}"))
            assert "C0GENERAL" not in kept
            assert "Initech" not in kept
        assert not api.refusals
        assert not api.wrong_answers


async def test_a_command_can_say_something_and_needs_no_pointer_at_home(
    api: SlackApi, running: Running
) -> None:
    anna = api.person()
    async with running():
        await anna.command("/interview")
        await api.quiet(0.1)
        told = await anna.command("/interview", "help")
        await api.quiet(0.1)
        assert told.answer == ""
        assert "Tap or type" in "\n".join(anna.texts)


async def test_files_and_edits_are_answered(api: SlackApi, running: Running) -> None:
    anna = api.person()
    async with running():
        await anna.says("hello")
        await api.quiet(0.1)
        seen = len(anna.sent)
        await anna.sends_file()
        await api.quiet(0.1)
        assert len(anna.sent) > seen
        seen = len(anna.sent)
        await anna.edits(anna.mine[0], "something else")
        await api.quiet(0.1)
        assert len(anna.sent) > seen


async def test_slack_finds_the_address(api: SlackApi, running: Running) -> None:
    async with running() as bot:
        found = await api.url_verification("a challenge")
        assert (found.status, "a challenge" in found.answer) == (200, True)
        assert (await api.ssl_check()).status == 200
        anna = api.person()
        unknown = await api.event(anna.team, {"type": "reaction_added", "user": anna.id})
        assert unknown.status == 404
        assert bot.refused("unhandled") > 0


async def test_what_bolt_would_read_from_the_environment_is_not_read(
    api: SlackApi, running: Running, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("BOT_TOKEN", "SIGNING_SECRET", "CLIENT_ID", "CLIENT_SECRET", "SCOPES"):
        monkeypatch.setenv(f"SLACK_{name}", "of the environment")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    async with running():
        await api.person().says("hello")
        await api.quiet(0.1)
        assert not api.refusals
    assert not (tmp_path / "home").exists()
