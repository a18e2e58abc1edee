"""The workspaces that have the app: one whose token is given, or any that installs it."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.installation_store.sqlalchemy import AsyncSQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Table,
    Text,
    and_,
    delete,
    insert,
    make_url,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.types import TypeDecorator

from bot.store.seal import Keys, UnopenedError, passing
from bot.store.tables import TOKENS, conversation, slack_bot, slack_installation, slack_state, slack_team
from bot.store.transaction import Transaction
from bot.turn import GoneError

log = logging.getLogger(__name__)

STATE_KEPT = 600
"""Seconds that somebody has to say yes to Slack."""

EARLY = 120
"""Minutes before a token expires from which on it is renewed."""

PATIENCE = 10
"""Seconds to wait for the database."""

_SECRET = ("bot_token", "bot_refresh_token", "user_token", "user_refresh_token")


class Workspaces:
    """One workspace, whose token is given; and what is kept of any.

    Takes the database's address, as `bot.settings` gives it, the token, and the keys that all in the
    database is sealed with.
    """

    def __init__(self, database: str, token: str = "", keys: Keys | None = None) -> None:
        self.engine = _engine(database)
        self.keys = keys or passing()
        self._token = token

    async def token(self, _team: str) -> str:
        """The token of a workspace. Raises `GoneError` where it hasn't the app."""
        return self._token

    async def admits(self, _team: str, _enterprise: str | None = None) -> bool:
        """Whether a workspace has the app; takes its organisation, where that has it as a whole."""
        return True

    async def of(self, _enterprise: str) -> list[str]:
        """The workspaces of an organisation that has the app as a whole."""
        return []

    async def shown(self, conv: str) -> str:
        """What is kept of the message whose buttons stand in a conversation; "" where there is none.

        Raises `UnopenedError`.
        """
        async with self.engine.connect() as on:
            found = await on.execute(select(conversation.c.shown).where(conversation.c.id == conv))
            return self.keys.open(conv, str(found.scalar() or ""))

    async def erase(self, teams: Collection[str], _enterprise: str | None = None) -> int:
        """Erases all that is kept of workspaces; returns how many conversations that were.

        Takes also the organisation, where all of it has given the app up.
        """

        def erase(on: Connection) -> int:
            return sum([Transaction(on, self.keys).erase(f"slack:{team}") for team in teams])

        async with self.engine.begin() as connection:
            return await connection.run_sync(erase)

    async def close(self) -> None:
        """Lets go of the database."""
        await self.engine.dispose()


class Sealed(TypeDecorator[str]):
    """A token that is sealed where it is kept; takes the keys."""

    impl = Text
    cache_ok = True

    def __init__(self, keys: Keys) -> None:
        super().__init__()
        self.keys = keys

    def process_bind_param(self, value: str | None, _dialect: Any) -> str | None:
        """Seals."""
        return None if value is None else self.keys.seal(TOKENS, value)

    def process_result_value(self, value: str | None, _dialect: Any) -> str | None:
        """Opens. Raises `UnopenedError` where none of the keys fits."""
        return None if value is None else self.keys.open(TOKENS, value)


class Installed(Workspaces):
    """Any workspace, or a whole organisation, that installs the app.

    Takes the database's address, the app's id and secret, `SECRET_KEY`, and a client without a token
    that renews tokens. Raises ValueError without a key.
    """

    def __init__(
        self, database: str, client_id: str, client_secret: str, secret: str, client: AsyncWebClient
    ) -> None:
        keys = Keys(secret)
        sealed = Sealed(keys)
        super().__init__(database, keys=keys)
        self.states = States(self.engine)
        self.store = AsyncSQLAlchemyInstallationStore(
            client_id, self.engine, slack_bot.name, slack_installation.name
        )
        for table in (self.store.bots, self.store.installations):
            for name in _SECRET:
                if name in table.c:
                    table.c[name].type = sealed
        self._rotator = AsyncTokenRotator(client_id=client_id, client_secret=client_secret, client=client)
        self._rotating: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._known: dict[str, str] = {}

    async def token(self, team: str) -> str:
        """The token of a workspace, renewed where it soon expires. Raises `GoneError`."""
        try:
            async with self.engine.connect() as on:
                bot = self._bot((await on.execute(self._latest(team))).mappings().first())
        except UnopenedError:
            log.error("a workspace's token was kept under another SECRET_KEY; add that one, after a comma")
            raise
        if bot.bot_refresh_token and (bot.bot_token_expires_at or 0) < time.time() + EARLY * 60:
            bot = await self._renewed(team)
        return str(bot.bot_token)

    async def admits(self, team: str, enterprise: str | None = None) -> bool:
        """Whether a workspace has the app, by itself or with its whole organisation."""
        if enterprise and self._known.get(team) != enterprise:
            # A message to come knows its workspace only, and its token is the organisation's.
            async with self.engine.begin() as on:
                dialect = postgresql if on.dialect.name == "postgresql" else sqlite
                known = dialect.insert(slack_team).values(id=team, enterprise=enterprise)
                known = known.on_conflict_do_update(index_elements=["id"], set_={"enterprise": enterprise})
                await on.execute(known)
            self._known[team] = enterprise
        async with self.engine.connect() as on:
            wanted = self._latest(team).with_only_columns(self.store.bots.c.id)
            return (await on.execute(wanted)).first() is not None

    async def of(self, enterprise: str) -> list[str]:
        """The workspaces of an organisation that have been heard of."""
        async with self.engine.connect() as on:
            found = await on.execute(select(slack_team.c.id).where(slack_team.c.enterprise == enterprise))
            return [team for (team,) in found]

    async def erase(self, teams: Collection[str], enterprise: str | None = None) -> int:
        """Erases all that is kept of workspaces, their tokens included; returns how many conversations."""
        erased = await super().erase(teams)
        async with self.engine.begin() as on:
            for table in (self.store.bots, self.store.installations):
                await on.execute(delete(table).where(table.c.team_id.in_(teams)))
                if enterprise:
                    await on.execute(delete(table).where(_of_whole(table, enterprise)))
            await on.execute(delete(slack_team).where(slack_team.c.id.in_(teams)))
        for team in teams:
            self._known.pop(team, None)
        return erased

    def _latest(self, team: str) -> Select[Any]:
        """Finds a workspace's newest installation: its own before its organisation's."""
        bots = self.store.bots
        whose = select(slack_team.c.enterprise).where(slack_team.c.id == team).scalar_subquery()
        return (
            select(bots)
            .where(
                bots.c.client_id == self.store.client_id,
                bots.c.bot_token.is_not(None),
                or_(bots.c.team_id == team, _of_whole(bots, whose)),
            )
            .order_by(bots.c.team_id.is_(None), bots.c.installed_at.desc(), bots.c.id.desc())
            .limit(1)
        )

    def _bot(self, found: RowMapping | None) -> Bot:
        if found is None:
            raise GoneError
        return Bot(**{name: found[name] for name in found if name not in ("id", "client_id")})

    async def _renewed(self, team: str) -> Bot:
        """Renews a token, one at a time: what renews it can be used only once.

        Other processes wait for the row; this one's file has no other.
        """
        async with self._rotating[team], self.engine.begin() as on:
            found = (await on.execute(self._latest(team).with_for_update())).mappings().first()
            bot = self._bot(found)
            try:
                renewed = await self._rotator.perform_bot_token_rotation(
                    bot=bot, minutes_before_expiration=EARLY
                )
            except SlackTokenRotationError as error:
                log.error("a workspace's token can't be renewed: %s", error.api_error.response.get("error"))
                if (bot.bot_token_expires_at or 0) > time.time():
                    return bot
                raise GoneError from None
            if renewed is None:
                return bot
            bots = self.store.bots
            await on.execute(
                bots.update()
                .where(bots.c.id == (found or {})["id"])
                .values(
                    bot_token=renewed.bot_token,
                    bot_refresh_token=renewed.bot_refresh_token,
                    bot_token_expires_at=renewed.to_dict()["bot_token_expires_at"].replace(tzinfo=None),
                )
            )
            return renewed


class States(AsyncOAuthStateStore):
    """What tells an installation that was begun here from a forged one; takes the database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @property
    def logger(self) -> logging.Logger:
        """Where it would log."""
        return log

    async def async_issue(self, *_: Any, **__: Any) -> str:
        """Makes one."""
        state, now = secrets.token_urlsafe(24), time.time()
        async with self._engine.begin() as on:
            await on.execute(delete(slack_state).where(slack_state.c.expires <= now))
            await on.execute(insert(slack_state).values(state=state, expires=now + STATE_KEPT))
        return state

    async def async_consume(self, state: str) -> bool:
        """Whether it is one that was made, not long ago, and never used: it is used now."""
        used = (
            delete(slack_state)
            .where(slack_state.c.state == state, slack_state.c.expires > time.time())
            .returning(slack_state.c.state)
        )
        async with self._engine.begin() as on:
            return (await on.execute(used)).first() is not None


def _of_whole(table: Table, enterprise: Any) -> ColumnElement[bool]:
    """Finds the installations of a whole organisation."""
    return and_(table.c.is_enterprise_install, table.c.enterprise_id == enterprise)


def _engine(database: str) -> AsyncEngine:
    url = make_url(database)
    if url.get_backend_name() == "sqlite":
        # It logs whatever goes into a statement.
        logging.getLogger("aiosqlite").setLevel(logging.WARNING)
        return create_async_engine(url.set(drivername="sqlite+aiosqlite"), connect_args={"timeout": PATIENCE})
    return create_async_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=5,
        pool_timeout=PATIENCE,
        connect_args={"connect_timeout": PATIENCE},
    )
