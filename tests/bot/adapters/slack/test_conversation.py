"""Conversations in Slack as a person has them: by buttons, boxes and forms, typed, and many at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.bot.adapters.slack.conftest import Running
from tests.bot.adapters.slack.people import Person
from tests.bot.adapters.slack.server import SlackApi


async def to_the_verdict(api: SlackApi, person: Person) -> None:
    """Answers whatever is asked, with the first button or box, until there is a verdict."""
    for _ in range(20):
        if "I’m going" in person.labels:
            return
        asked = person.question
        if person.options:
            await person.ticks(person.options[0])
            await person.submits()
        else:
            await person.taps(person.labels[0])
        await api.until(lambda: person.question not in (asked, None))  # noqa: B023 - awaited at once
    raise AssertionError(f"there is no end to it: {person.texts[-1]}")


@pytest.mark.parametrize("way", ["http", "socket"])
async def test_a_whole_conversation(way: str, url: str, api: SlackApi, running: Running) -> None:
    anna, soon = api.person(), datetime.now(UTC).date() + timedelta(days=40)
    async with running(way=way, database=url):
        await anna.command("/interview")
        await api.until(lambda: "Write it" in anna.labels)
        await anna.taps("Write it")
        await api.until(lambda: anna.modal)
        await anna.submits_view({"text": "the bank", "date": soon.isoformat()})
        await api.until(lambda: anna.options)
        await to_the_verdict(api, anna)
        await anna.taps("I’m going")
        await api.until(lambda: "go and see what they’re like" in anna.texts[-1].casefold())
        await api.quiet(0.1)
    said = "\n".join(anna.texts)
    assert "You said: the bank" in said
    assert "go and see what they’re like" in said.casefold()
    assert not api.refusals
    assert not api.wrong_answers
    assert not api.unmeant
    assert all(delivery.status == 200 for delivery in api.deliveries)


@pytest.mark.parametrize("way", ["http", "socket"])
async def test_nobodys_words_are_logged(
    way: str, api: SlackApi, running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    anna = api.person()
    async with running(way=way):
        await anna.command("/interview")
        await api.quiet(0.1)
        api.fail("chat.postMessage", 1, 503)
        await anna.says("Initech, my secret")
        await api.until(lambda: anna.options)
        if way == "http":
            told = api.deliveries[-1]
            assert (await api.resend(told, secret="another secret")).status == 401
            assert (await api.event(anna.team, {"type": "unheard_of", "text": "my secret"})).status == 404
        else:
            await api.sockets.cut()
            await api.until(lambda: any(not link.leaving for link in api.sockets.links))
        api.fail("views.publish", 1, "invalid_auth")
        await anna.opens_home()
        await api.quiet(0.1)
    assert caplog.records
    for record in caplog.records:
        # What stands beside a message as its conversation is hashed before it is written.
        written = record.getMessage()
        for private in ("secret", "Initech", anna.id, api.token, api.app.app_token, api.app.signing_secret):
            assert private not in written, (record.name, written)


async def test_a_day_is_picked_in_slacks_own_calendar(api: SlackApi, running: Running) -> None:
    anna = api.person()
    async with running() as bot:
        await anna.command("/interview")
        await api.quiet(0.1)
        await anna.says("the bank")
        await api.quiet(0.1)
        await anna.says("the date")
        await api.quiet(0.1)
        day = (datetime.now(UTC) + timedelta(days=40)).date()
        turned = bot.turned
        assert await anna.picks_date(day.isoformat())
        await api.quiet(0.1)
        assert bot.turned == turned + 1
    assert f"Noted: {day:%A} {day.day} {day:%B}" in "\n".join(anna.texts)
    assert not api.refusals
    assert not api.wrong_answers


@pytest.mark.parametrize(
    ("forged", "why"),
    [
        ({"selected_date": None}, "state"),
        ({"selected_date": "soon"}, "state"),
        ({"action_id": "day.decide/when~zz"}, "value"),
        ({"action_id": "day."}, "value"),
    ],
)
async def test_a_forged_day_changes_nothing(
    forged: dict[str, object], why: str, api: SlackApi, running: Running
) -> None:
    anna = api.person()

    def forge(body: dict[str, Any]) -> None:
        body["actions"][0].update(forged)

    async with running() as bot:
        await anna.command("/interview")
        await api.quiet(0.1)
        await anna.says("the bank")
        await api.quiet(0.1)
        await anna.says("the date")
        await api.quiet(0.1)
        turned = bot.turned
        await anna.picks_date("2030-01-31", forge=forge)
        await api.until(lambda: bot.counted("whatif_refused_total", why=why) == 1)
        assert bot.turned == turned
