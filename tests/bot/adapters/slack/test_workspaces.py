"""What is kept of workspaces, on both kinds of databases, by one process and by several."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select, update

from bot.adapters.slack.install import Installed, States
from bot.store import Database
from bot.store.tables import slack_bot
from bot.turn import GoneError
from tests.bot.adapters.slack.server import SlackApi

# slack_sdk logs in the way that this aiohttp will give up in its next major version.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")


@asynccontextmanager
async def processes(url: str, api: SlackApi, count: int = 2) -> AsyncIterator[list[Installed]]:
    """So many processes on one database."""
    made = [
        Installed(
            url,
            api.app.client_id,
            api.app.client_secret,
            "a key",
            AsyncWebClient(base_url=api.url, retry_handlers=[]),
        )
        for _ in range(count)
    ]
    try:
        yield made
    finally:
        for each in made:
            await each.close()


def installation(
    api: SlackApi, team: str, *, whole: bool = False, minutes: int | None = None
) -> Installation:
    """A workspace's installation, or its organisation's; its token ends in so many minutes."""
    token = api.install(team, org=whole, rotation=minutes is not None)
    return Installation(
        app_id=api.app.id,
        enterprise_id=token.enterprise,
        team_id=token.team,
        user_id="U0ANNA",
        bot_token=token.value,
        bot_refresh_token=api.tokens.refresh_token(token) if minutes is not None else None,
        bot_token_expires_in=None if minutes is None else minutes * 60,
        is_enterprise_install=whole,
    )


async def test_a_token_that_several_processes_need_is_renewed_once(url: str, api: SlackApi) -> None:
    # On a file there is one process, and only there.
    count = 1 if url.startswith("sqlite") else 3
    async with processes(url, api, count) as all_of_them:
        await all_of_them[0].store.async_save(installation(api, "T0NEW", minutes=30))
        api.fail("oauth.v2.access", 1, "hang", seconds=0.3)
        found = await asyncio.gather(*(each.token("T0NEW") for each in all_of_them * 4))
        assert len(set(found)) == 1
        assert len(api.tokens.refreshed) == 1
        assert not api.tokens.wasted
        newest = api.tokens.of(api.teams["T0NEW"])
        assert newest
        assert found[0] == newest.value
        async with all_of_them[0].engine.connect() as on:
            kept = (await on.execute(select(slack_bot))).mappings().one()
        assert newest.value not in str(kept)
        assert kept["bot_token_expires_at"] > datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=11)


async def test_a_long_token_is_kept_whole(url: str, api: SlackApi) -> None:
    async with processes(url, api, 1) as (held,):
        made = installation(api, "T0NEW")
        made.bot_token = "xoxe.xoxb-1-" + "x" * 400
        await held.store.async_save(made)
        assert await held.token("T0NEW") == made.bot_token


async def test_an_organisation_serves_its_workspaces_and_no_others(url: str, api: SlackApi) -> None:
    api.team("T0ONE", enterprise="E0ORG")
    async with processes(url, api) as (one, other):
        await one.store.async_save(installation(api, "T0ONE", whole=True))
        assert not await other.admits("T0ONE")
        assert await one.admits("T0ONE", "E0ORG")
        assert await one.admits("T0ONE", "E0ORG")
        assert await other.admits("T0ONE")
        assert not await other.admits("T0OTHER")
        assert not await other.admits("T0OTHER", "E0OTHER")
        assert await other.of("E0ORG") == ["T0ONE"]
        with pytest.raises(GoneError):
            await other.token("T0OTHER")
        assert await other.token("T0ONE")
        # Its own comes before its organisation's.
        own = installation(api, "T0ONE")
        await one.store.async_save(own)
        assert await other.token("T0ONE") == own.bot_token


async def test_two_processes_hear_of_a_workspace_at_once(url: str, api: SlackApi) -> None:
    api.team("T0ONE", enterprise="E0ORG")
    async with processes(url, api) as (one, other):
        await one.store.async_save(installation(api, "T0ONE", whole=True))
        heard = await asyncio.gather(*(each.admits("T0ONE", "E0ORG") for each in (one, other) * 4))
        assert heard == [True] * 8


async def test_leaving_erases_that_workspace_only(url: str, api: SlackApi, database: Database) -> None:
    async with processes(url, api) as (one, other):
        for team in ("T0A", "T0AB"):
            await one.store.async_save(installation(api, team))
            for user in ("U1", "U2"):
                conv = f"slack:{team}:{user}"
                await database.run(lambda on, conv=conv: on.write(conv, "{}"))  # type: ignore[misc]
                await database.run(lambda on, conv=conv: on.accept(conv, "1", "{}", 0.0))  # type: ignore[misc]
        assert await other.erase(["T0A"]) == 2
        assert await other.erase(["T0A"]) == 0
        assert not await one.admits("T0A")
        assert await one.admits("T0AB")
        left = (await database.run(lambda on: on.depth(1.0)))[0]
        assert left.events == 2
        assert (await database.run(lambda on: on.state("slack:T0AB:U1")))[0]
        assert (await database.run(lambda on: on.state("slack:T0A:U1")))[0] is None


async def test_a_state_is_consumed_by_one_of_many(url: str, api: SlackApi) -> None:
    async with processes(url, api) as (one, other):
        state = await one.states.async_issue()
        assert isinstance(other.states, States)
        used = await asyncio.gather(*(each.states.async_consume(state) for each in (one, other) * 5))
        assert sorted(used) == [False] * 9 + [True]


async def test_a_token_that_has_ended_and_cannot_be_renewed_is_no_token(url: str, api: SlackApi) -> None:
    async with processes(url, api, 1) as (held,):
        await held.store.async_save(installation(api, "T0NEW", minutes=30))
        async with held.engine.begin() as on:
            await on.execute(update(slack_bot).values(bot_token_expires_at=datetime(2020, 1, 1)))  # noqa: DTZ001
        api.fail("oauth.v2.access", 1, "invalid_refresh_token")
        with pytest.raises(GoneError):
            await held.token("T0NEW")
