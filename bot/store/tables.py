"""The tables, alike on SQLite and PostgreSQL. Times are seconds since 1970.

Whatever somebody said, or was told, is sealed (`bot.store.seal`): `SEALED` names where.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

metadata = MetaData()

conversation = Table(
    "conversation",
    metadata,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("shown", Text, nullable=False, server_default=""),
    Column("expires", Double),
    Index("conversation_expires", "expires"),
)
"""A conversation (``tg:<bot>:<chat>``, ``slack:<team>:<user>``, ``term:<name>``): its session's JSON, how
often that was saved, what the platform calls the message whose buttons stand, and when all of it is erased.
One that an earlier version has just stored has no such time yet."""

event = Table(
    "event",
    metadata,
    Column("conv", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("accepted", Double, nullable=False),
    Column("due", Double),
    Column("body", Text, nullable=False),
    Column("done", Boolean, nullable=False),
)
"""What happened, under the platform's own id, in the order of `seq`; a reminder is one that is `due` later.
Once done, its body is emptied, and the rest is kept for a while so that the same event is known again."""

message = Table(
    "message",
    metadata,
    Column("conv", Text, primary_key=True),
    Column("pos", BigInteger, primary_key=True),
    Column("payload", Text, nullable=False),
    Column("not_before", Double, nullable=False),
    Column("tries", Integer, nullable=False),
)
"""What is yet to be sent, in the order of `pos`; gone once it is sent. A `not_before` of 0 says that no
slot was taken for it yet."""

budget = Table(
    "budget",
    metadata,
    Column("key", Text, primary_key=True),
    Column("tat", Double, nullable=False),
)
"""How far each pace is used up: GCRA's theoretical arrival time."""

_now = ~event.c.done & event.c.due.is_(None)
_later = ~event.c.done & event.c.due.is_not(None)

# They find what waits, what falls due and what can be forgotten, however much there is of the others.
Index("event_now", event.c.accepted, sqlite_where=_now, postgresql_where=_now)
Index("event_later", event.c.due, sqlite_where=_later, postgresql_where=_later)
Index("event_done", event.c.accepted, sqlite_where=event.c.done, postgresql_where=event.c.done)

slack_bot = Table(
    "slack_bot",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("app_id", Text, nullable=False),
    Column("enterprise_id", Text),
    Column("enterprise_name", Text),
    Column("team_id", Text),
    Column("team_name", Text),
    Column("bot_token", Text),
    Column("bot_id", Text),
    Column("bot_user_id", Text),
    Column("bot_scopes", Text),
    Column("bot_refresh_token", Text),
    Column("bot_token_expires_at", DateTime),
    Column("is_enterprise_install", Boolean, nullable=False),
    Column("installed_at", DateTime, nullable=False),
    Index("slack_bot_found", "client_id", "enterprise_id", "team_id", "installed_at"),
)
"""Who has installed the app, as slack_sdk's installation store keeps it, the tokens encrypted. A team_id of
null is a whole organisation."""

slack_installation = Table(
    "slack_installation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("app_id", Text, nullable=False),
    Column("enterprise_id", Text),
    Column("enterprise_name", Text),
    Column("enterprise_url", Text),
    Column("team_id", Text),
    Column("team_name", Text),
    Column("bot_token", Text),
    Column("bot_id", Text),
    Column("bot_user_id", Text),
    Column("bot_scopes", Text),
    Column("bot_refresh_token", Text),
    Column("bot_token_expires_at", DateTime),
    Column("user_id", Text, nullable=False),
    Column("user_token", Text),
    Column("user_scopes", Text),
    Column("user_refresh_token", Text),
    Column("user_token_expires_at", DateTime),
    Column("incoming_webhook_url", Text),
    Column("incoming_webhook_channel", Text),
    Column("incoming_webhook_channel_id", Text),
    Column("incoming_webhook_configuration_url", Text),
    Column("is_enterprise_install", Boolean, nullable=False),
    Column("token_type", Text),
    Column("installed_at", DateTime, nullable=False),
    Index("slack_installation_found", "client_id", "enterprise_id", "team_id", "user_id", "installed_at"),
)
"""Each installation with who made it."""

slack_state = Table(
    "slack_state",
    metadata,
    Column("state", Text, primary_key=True),
    Column("expires", Double, nullable=False),
)
"""Installations that were begun and not finished yet."""

slack_team = Table(
    "slack_team",
    metadata,
    Column("id", Text, primary_key=True),
    Column("enterprise", Text, nullable=False),
)
"""The organisation of a workspace that has the app with all of its organisation."""

SEALED = (
    conversation.c.state,
    conversation.c.shown,
    event.c.body,
    message.c.payload,
    *(slack_bot.c[name] for name in ("bot_token", "bot_refresh_token")),
    *(
        slack_installation.c[name]
        for name in ("bot_token", "bot_refresh_token", "user_token", "user_refresh_token")
    ),
)
"""What is sealed: under the first column of its key, the conversation's id, and tokens under `TOKENS`."""

TOKENS = "slack"
"""What tokens of workspaces are sealed under; no conversation is called so."""
