"""Workspaces that install the app: sealed, renewed, apart from one another, and gone when they go."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import ClientSession
from aiohttp.client_exceptions import ClientConnectorError
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import MetaData

from bot.adapters.slack import Slack, SlackSettings, adapter
from bot.adapters.slack.install import Installed, States, Workspaces
from bot.store import Keys, Sqlite
from bot.store.tables import slack_bot, slack_installation
from bot.turn import GoneError
from tests.bot.adapters.slack.conftest import PUBLIC, SECRET_KEY, Bot, Running, own
from tests.bot.adapters.slack.people import Person
from tests.bot.adapters.slack.server import SlackApi

# slack_sdk logs in the way that this aiohttp will give up in its next major version.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")

COUNTS = "SELECT (SELECT count(*) FROM slack_bot), (SELECT count(*) FROM slack_installation)"
TABLES = {"conversation": "id", "event": "conv", "message": "conv", "budget": "key"}


class Browser:
    """Whoever installs the app; cookies that are for https only are kept here by hand."""

    def __init__(self, bot: Bot, person: Person) -> None:
        self.bot, self.person = bot, person
        self.cookies: dict[str, str] = {}

    async def gets(self, path: str) -> tuple[int, str, str]:
        """Opens a page of the bot's; returns its status, where it leads, and what it says."""
        header = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if self.cookies else {}
        url = f"http://127.0.0.1:{self.bot.port}{path.removeprefix(PUBLIC)}"
        async with ClientSession() as session, session.get(url, headers=header, allow_redirects=False) as got:
            self.cookies |= {name: cookie.value for name, cookie in got.cookies.items()}
            return got.status, got.headers.get("Location", ""), await got.text()

    async def begins(self, *, org: bool = False) -> str:
        """Begins to install; returns where Slack sends the browser back to."""
        status, page, _ = await self.gets("/slack/install")
        assert status == 302
        return self.person.authorizes(page, org=org)

    async def installs(self, *, org: bool = False) -> None:
        """Installs the app."""
        status, _, said = await self.gets(await self.begins(org=org))
        assert status == 200, said


async def left(bot: Bot, team: str) -> dict[str, int]:
    """How many rows are kept of a workspace, by table."""
    counted = {}
    for table, key in TABLES.items():
        found = await bot.rows(f"SELECT count(*) FROM {table} WHERE {key} LIKE 'slack:{team}%'")
        counted[table] = int(str(found[0][0]))
    return counted


def test_the_tables_are_those_of_the_library() -> None:
    metadata = MetaData()
    for ours, theirs in (
        (slack_bot, SQLAlchemyInstallationStore.build_bots_table(metadata, "bots")),
        (slack_installation, SQLAlchemyInstallationStore.build_installations_table(metadata, "all")),
    ):
        assert [(c.name, c.nullable) for c in ours.c] == [(c.name, c.nullable) for c in theirs.c]


def test_without_a_key_nobody_can_install(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="SECRET_KEY is missing"):
        Slack(SlackSettings(client_id="1", client_secret="2"), own, f"sqlite:///{tmp_path / 'a.db'}")


async def test_a_workspace_installs_and_talks(api: SlackApi, running: Running) -> None:
    anna = api.person("T0NEW", "U0ANNA")
    async with running(many=True) as bot:
        await Browser(bot, anna).installs()
        await anna.says("hello")
        await api.until(lambda: anna.question)
        assert await bot.rows(COUNTS) == [(1, 1)]
        assert bot.refused("install") == 0
    kept = bot.path.read_bytes()
    tokens = [token.value for token in api.tokens.issued.values()]
    assert not any(token.encode() in kept for token in tokens)
    async with running(many=True):
        await anna.taps("Skip")
        await api.until(lambda: anna.options)


async def test_another_key_opens_nothing(api: SlackApi, running: Running) -> None:
    anna = api.person("T0NEW", "U0ANNA")
    async with running(many=True) as bot:
        await Browser(bot, anna).installs()
    async with running(many=True, secret="another"):
        await anna.says("hello")
        await api.quiet(0.3)
        assert not anna.sent
    async with running(many=True, secret=f"another, {SECRET_KEY}"):
        await api.until(lambda: anna.question)


async def test_a_state_is_used_once_and_by_the_browser_that_got_it(api: SlackApi, running: Running) -> None:
    anna, ben = api.person("T0NEW", "U0ANNA"), api.person("T0BEN", "U0BEN")
    async with running(many=True) as bot:
        hers, his = Browser(bot, anna), Browser(bot, ben)
        back = await hers.begins()
        # Somebody else is sent the address: a login of one's own is not to be put onto others.
        assert (await his.gets(back))[0] == 400
        assert (await hers.gets(back))[0] == 200
        assert (await hers.gets(back))[0] in (400, 401)
        hers.cookies |= {"slack-app-oauth-state": "made-up"}
        assert (await hers.gets("/slack/oauth_redirect?code=1&state=made-up"))[0] == 401
        assert (await hers.gets("/slack/oauth_redirect?error=access_denied"))[0] == 200
        assert bot.refused("install") == 4
        assert await bot.rows(COUNTS) == [(1, 1)]


async def test_a_state_is_consumed_once_and_not_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Sqlite(tmp_path / "a.db")
    await database.migrate()
    held = Workspaces(f"sqlite:///{tmp_path / 'a.db'}")
    states = States(held.engine)
    state = await states.async_issue()
    used = await asyncio.gather(*(states.async_consume(state) for _ in range(10)))
    assert sorted(used) == [False] * 9 + [True]
    late = await states.async_issue()
    monkeypatch.setattr("bot.adapters.slack.install.STATE_KEPT", -1)
    late = await states.async_issue()
    assert not await states.async_consume(late)
    await held.close()
    await database.close()


async def test_a_whole_organisation_installs(api: SlackApi, running: Running) -> None:
    api.team("T0ONE", enterprise="E0ORG")
    api.team("T0TWO", enterprise="E0ORG")
    anna, ben = api.person("T0ONE", "U0ANNA"), api.person("T0TWO", "U0BEN")
    async with running(many=True) as bot:
        await Browser(bot, anna).installs(org=True)
        for person in (anna, ben):
            await person.says("hello")
            await api.until(lambda: person.question)  # noqa: B023 - awaited at once
            await person.taps("Write it")
            await api.until(lambda: person.modal)  # noqa: B023
            await person.submits_view({"text": "the bank"})
            await api.until(lambda: person.options)  # noqa: B023
            await person.opens_home()
            await api.until(lambda: person.home)  # noqa: B023
            await person.command("/interview")
            await api.quiet(0.1)
        ids = await bot.rows("SELECT id FROM conversation ORDER BY id")
        assert ids == [("slack:T0ONE:U0ANNA",), ("slack:T0TWO:U0BEN",)]
    async with running(many=True):
        await ben.says("The pay looks low")
        await api.quiet(0.1)
        assert any("You said: The pay looks low" in text for text in ben.texts)
    async with running(many=True) as bot:
        await api.app_uninstalled("T0ONE")
        await api.quiet(0.1)
        assert await bot.rows(COUNTS) == [(0, 0)]
        assert await bot.rows("SELECT id FROM conversation") == []
        assert await bot.rows("SELECT id FROM slack_team") == []


async def test_who_has_not_installed_is_not_heard(api: SlackApi, running: Running) -> None:
    stranger = api.person("T0STRANGE", "U0X")
    async with running(many=True) as bot:
        await stranger.says("hello")
        await stranger.opens_home()
        await api.quiet(0.1)
        assert bot.refused("workspace") == 1
        assert await left(bot, "T0STRANGE") == dict.fromkeys(TABLES, 0)
        with pytest.raises(GoneError):
            await bot.adapter.workspaces.token("T0STRANGE")


async def test_workspaces_never_see_each_other(api: SlackApi, running: Running) -> None:
    # The same person's id in both, as it is in an organisation, and one workspace's id within the other's.
    here, there = api.person("T0A", "U0ANNA"), api.person("T0AB", "U0ANNA")
    async with running(many=True) as bot:
        await Browser(bot, here).installs()
        await Browser(bot, there).installs()
        for person in (here, there):
            await person.says("hello")
            await api.until(lambda: person.question)  # noqa: B023 - awaited at once
        await here.says("a secret of the first")
        await api.quiet(0.1)
        assert here.options
        assert not there.options
        assert "secret" not in "\n".join(there.texts)
        stored = await bot.rows("SELECT id, state FROM conversation")
        kept = {str(row[0]): Keys(SECRET_KEY).open(str(row[0]), str(row[1])) for row in stored}
        assert "secret" in kept["slack:T0A:U0ANNA"]
        assert "secret" not in kept["slack:T0AB:U0ANNA"]
        by_token = {call.parameters.get("channel") for call in api.calls("chat.postMessage", ok=True)}
        assert by_token
        assert not api.refusals
        await api.app_uninstalled("T0A")
        await api.quiet(0.1)
        assert await left(bot, "T0A:") == dict.fromkeys(TABLES, 0)
        assert (await left(bot, "T0AB"))["conversation"] == 1
        assert await bot.rows("SELECT team_id FROM slack_bot") == [("T0AB",)]
        await there.taps("Skip")
        await api.until(lambda: there.options)


@pytest.mark.parametrize("many", [False, True])
async def test_a_workspace_that_leaves_is_erased_and_what_was_under_way_as_well(
    many: bool,
    api: SlackApi,
    running: Running,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(adapter, "ERASED_AGAIN", 0.5)
    caplog.set_level("INFO")
    anna, ben = api.person(), api.person(user="U0BEN")
    async with running(many=many) as bot:
        if many:
            await Browser(bot, anna).installs()
        await anna.says("hello")
        await ben.says("my own words")
        await api.until(lambda: anna.question and ben.question)
        # Only a person's own token, of which there is none: nothing is lost by it.
        await api.tokens_revoked(users=(anna.id,))
        assert (await left(bot, "T0WHATIF"))["conversation"] == 2
        api.fail("chat.postMessage", 1, "hang", seconds=0.3)
        await anna.says("the bank")
        await api.app_uninstalled()
        await api.quiet(0.1, retries=False)
        await asyncio.sleep(0.8)
        assert await left(bot, "T0WHATIF") == dict.fromkeys(TABLES, 0)
    assert "2 conversations are erased" in caplog.text
    for private in (anna.id, "T0WHATIF", "my own words", api.token):
        assert private not in caplog.text


async def test_a_token_is_renewed_once_however_many_need_it(
    api: SlackApi, running: Running, tmp_path: Path
) -> None:
    api.tokens.rotation = True
    people = [api.person("T0NEW", f"U0P{number}") for number in range(8)]
    async with running(many=True) as bot:
        await Browser(bot, people[0]).installs()
        # An hour before its end.
        engine = bot.adapter.workspaces.engine
        async with engine.begin() as on:
            await on.exec_driver_sql(
                "UPDATE slack_bot SET bot_token_expires_at = datetime('now', '+60 minutes')"
            )
        await asyncio.gather(*(person.says("hello") for person in people))
        await api.until(lambda: all(person.question for person in people))
        assert len(api.tokens.refreshed) == 1
        assert not api.tokens.wasted
        assert not api.refusals
        assert await bot.rows(COUNTS) == [(1, 1)]


async def test_a_refresh_that_fails_uses_the_token_while_it_lasts(api: SlackApi, running: Running) -> None:
    api.tokens.rotation = True
    anna = api.person("T0NEW", "U0ANNA")
    async with running(many=True) as bot:
        await Browser(bot, anna).installs()
        engine = bot.adapter.workspaces.engine
        async with engine.begin() as on:
            await on.exec_driver_sql(
                "UPDATE slack_bot SET bot_token_expires_at = datetime('now', '+60 minutes')"
            )
        api.fail("oauth.v2.access", 2, "invalid_refresh_token")
        await anna.says("hello")
        await api.until(lambda: anna.question)
        assert not api.tokens.refreshed


async def test_a_renewal_holds_up_nobody_else(api: SlackApi, running: Running) -> None:
    api.tokens.rotation = True
    anna, ben = api.person("T0ANNA", "U0ANNA"), api.person("T0BEN", "U0BEN")
    async with running(many=True) as bot:
        await Browser(bot, anna).installs()
        await Browser(bot, ben).installs()
        async with bot.adapter.workspaces.engine.begin() as on:
            await on.exec_driver_sql(
                "UPDATE slack_bot SET bot_token_expires_at = datetime('now', '+60 minutes')"
                " WHERE team_id = 'T0ANNA'"
            )
        api.fail("oauth.v2.access", 1, "hang", seconds=1.5)
        await anna.says("hello")
        told = await ben.says("hello")
        assert told.seconds < 0.5
        await api.until(lambda: ben.question, 1.0)
        assert not anna.sent
        await api.until(lambda: anna.question)


async def test_nothing_is_listened_to_that_cannot_be_checked(tmp_path: Path) -> None:
    async def accept(*_: object, **__: object) -> bool:
        raise AssertionError

    slack = Slack(
        SlackSettings(bot_token="xoxb-1"), own, f"sqlite:///{tmp_path / 'a.db'}", public="https://a.example"
    )
    assert list(slack.routes(accept)) == []
    await slack.close()


async def test_installing_again_keeps_the_newest_token(
    tmp_path: Path, api: SlackApi, running: Running
) -> None:
    anna = api.person("T0NEW", "U0ANNA")
    async with running(many=True) as bot:
        await Browser(bot, anna).installs()
        await asyncio.sleep(0.01)
        await Browser(bot, anna).installs()
        newest = api.tokens.of(anna.team)
        assert newest
        assert await bot.adapter.workspaces.token("T0NEW") == newest.value


async def test_a_database_of_another_app_is_none_of_ours(tmp_path: Path) -> None:
    database = Sqlite(tmp_path / "a.db")
    await database.migrate()
    held = Installed(f"sqlite:///{tmp_path / 'a.db'}", "1", "2", "key", AsyncWebClient())
    assert not await held.admits("T0NEW")
    await held.close()
    await database.close()


async def test_a_page_that_is_not_there_leads_nowhere(api: SlackApi, running: Running) -> None:
    async with running() as bot:
        browser = Browser(bot, api.person())
        assert (await browser.gets("/slack/install"))[0] == 404
    with pytest.raises(ClientConnectorError):
        await browser.gets("/slack/install")
