"""PostgreSQL: what goes wrong with a server."""

from __future__ import annotations

import asyncio

import pytest

from bot.store import StoreError, Transaction, tables
from bot.store.postgres import Postgres
from tests.bot.conftest import Server
from tests.bot.played import rows

ME = "tg:bot:1"


async def accept(database: Postgres, event_id: str) -> bool:
    return (await database.run(lambda on: on.accept(ME, event_id, "", 1.0)))[0]


async def test_a_server_that_isnt_there_is_said_without_the_password() -> None:
    database = Postgres("postgresql://me:secret@127.0.0.1:1/whatif")
    try:
        with pytest.raises(StoreError, match=r"127\.0\.0\.1.*whatif doctor") as error:
            await accept(database, "1")
        assert "secret" not in str(error.value)
    finally:
        await database.close()


async def test_lost_connections_are_made_again(postgres_url: str, server: Server) -> None:
    database = Postgres(postgres_url)
    try:
        await asyncio.gather(*(accept(database, str(number)) for number in range(5)))
        server.cut(postgres_url.partition("?")[0].rpartition("/")[2])
        with pytest.raises(StoreError):
            await accept(database, "lost")
        # One says so, and those after it need not find out for themselves.
        assert await accept(database, "lost")
        assert len(await rows(database, tables.event)) == 6
    finally:
        await database.close()


async def test_a_connection_lost_in_the_middle_leaves_nothing(postgres_url: str, server: Server) -> None:
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    database = Postgres(postgres_url)

    def lost(on: Transaction) -> None:
        on.accept(ME, "1", "", 1.0)
        server.cut(name)

    try:
        with pytest.raises(StoreError):
            await database.run(lost)
        assert await rows(database, tables.event) == []
        assert await accept(database, "1")
    finally:
        await database.close()


async def test_tables_that_arent_there_are_said(server: Server) -> None:
    database = Postgres(server.url("postgres"))
    try:
        assert not await database.is_current()
        with pytest.raises(StoreError, match="does not exist"):
            await accept(database, "1")
    finally:
        await database.close()
