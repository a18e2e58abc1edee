"""``whatif doctor``: what is configured, reachable and missing, for a person to read."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

from bot.settings import PLATFORMS, PORT, Settings, SettingsError, read

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

PATIENCE = 5.0
"""Seconds to wait for a server to answer."""

ALIVE = 10
"""Seconds since its last sign of life in which a process counts as running."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what it is about, how it is, and whether something must be done about it.

    `mark` is ``-`` for what isn't set and needn't be.
    """

    mark: Literal["ok", "-", "wrong"]
    about: str
    text: str

    @property
    def wrong(self) -> bool:
        """Whether something must be done."""
        return self.mark == "wrong"

    def __str__(self) -> str:
        return f"{self.mark:5}  {self.about:10}  {self.text}"


async def examine(environment: Mapping[str, str] = os.environ) -> list[Finding]:
    """Looks at everything and changes nothing. Takes the environment variables."""
    try:
        settings = read(environment)
    except SettingsError as error:
        faults = [Finding("wrong", "settings", fault) for fault in error.faults]
        return [*faults, Finding("-", "the rest", "is looked at once these are right")]
    settings, key = _key(settings)
    if settings.database.startswith("sqlite:///"):
        database = list(_file(Path(settings.database.removeprefix("sqlite:///")), settings.secret))
    else:
        database = await _server(settings.database, settings.secret)
    address = await asyncio.to_thread(_address, settings)
    platforms = _platforms(environment)
    telegram = await _telegram(settings)
    practice = _practice(settings)
    return [*database, address, _public(settings), key, *practice, *platforms, *telegram]


# --- the database ---


def _file(path: Path, secret: str) -> Iterator[Finding]:
    what = f"SQLite, {path}"
    if not path.exists():
        above = next(folder for folder in path.absolute().parents if folder.exists())
        if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
            yield Finding(
                "-", "database", f"{what}: no such file yet; `whatif run` and `whatif chat` make it"
            )
        else:
            yield Finding(
                "wrong", "database",
                f"{what}: it can't be made, since {above} is no folder that can be written to;"
                " change that, or name another file with DATABASE_URL",
            )  # fmt: skip
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            tables = _tables(_revision(connection), mends_itself=True)
            sealed = list(_sealed(secret, _plainly(connection))) if tables.mark == "ok" else []
    except sqlite3.Error as error:
        yield Finding(
            "wrong", "database",
            f"{what}: it can't be read ({error}); move it away to begin a new one, or name another"
            " with DATABASE_URL",
        )  # fmt: skip
        return
    unwritable = [str(each) for each in (path, path.absolute().parent) if not os.access(each, os.W_OK)]
    if unwritable:
        text = f"{what}: {' and '.join(unwritable)} can't be written to; give this user the right to"
        yield Finding("wrong", "database", text)
    else:
        beside = (Path(f"{path}{end}") for end in ("", "-wal"))
        size = sum(each.stat().st_size for each in beside if each.exists())
        yield Finding("ok", "database", f"{what}, {_size(size)}")
    yield tables
    yield from sealed
    yield _holder(path)


def _revision(on: sqlite3.Connection) -> str | None:
    if not on.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        return None
    found: tuple[str] | None = on.execute("SELECT version_num FROM alembic_version").fetchone()
    return found[0] if found else None


def _tables(found: str | None, mends_itself: bool) -> Finding:
    from bot.store.migrate import HEAD

    if found == HEAD:
        return Finding("ok", "tables", "up to date")
    if found is not None and found > HEAD:
        text = f"a newer whatif's (revision {found}, this one knows {HEAD}); install that version"
        return Finding("wrong", "tables", text)
    state = f"of an earlier version (revision {found}, now {HEAD})" if found else "not made yet"
    if mends_itself:
        return Finding(
            "-", "tables", f"{state}; the next `whatif run` or `whatif chat` brings them up to date"
        )
    return Finding("wrong", "tables", f"{state}; run: whatif migrate")


def _plainly(connection: sqlite3.Connection) -> Callable[[Select[Any]], Iterable[Any]]:
    """Runs SQLAlchemy's statements on a connection that may only read."""
    from sqlalchemy.dialects import sqlite

    def run(statement: Select[Any]) -> Iterable[Any]:
        literal = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
        return connection.execute(str(literal))

    return run


def _sealed(secret: str, run: Callable[[Select[Any]], Iterable[Any]]) -> Iterator[Finding]:
    """Whether there is a key for all that is kept; takes what runs a statement."""
    from bot.store import keys_of
    from bot.store.reseal import census

    seen = census(keys_of(secret), run)
    if seen.unknown:
        yield Finding(
            "wrong", "sealed",
            f"no key opens {seen.unknown} of what is kept, and those conversations wait; add the key that"
            " was used before to SECRET_KEY, after a comma",
        )  # fmt: skip
    if seen.other:
        text = f"{seen.other} of what is kept is in the clear, or under an earlier key; run: whatif migrate"
        yield Finding("-", "sealed", text)
    if not seen.unknown and not seen.other:
        yield Finding("ok", "sealed", f"all that is kept, with the first key ({seen.first})")


def _holder(path: Path) -> Finding:
    from bot.hold import holder

    try:
        process = holder(path)
    except OSError as error:
        text = f"it can't be told whether a `whatif run` holds the file ({error.strerror}: {path}.run)"
        return Finding("wrong", "running", text)
    if process is None:
        return Finding("-", "running", "no `whatif run` holds the file")
    return Finding("ok", "running", f"process {process} holds the file; terminals may use it meanwhile")


async def _server(url: str, secret: str) -> list[Finding]:
    from bot.store import StoreError
    from bot.store.postgres import Postgres

    database = Postgres(url)
    what = f"PostgreSQL, {database.name}"
    try:
        async with asyncio.timeout(PATIENCE):
            seen, _ = await database.run(lambda on: list(_tables_of_server(on.connection, secret)))
    except TimeoutError:
        text = f"{what}: no answer within {PATIENCE:g} s; see that the address is right and can be reached"
        return [Finding("wrong", "database", text)]
    except StoreError as error:
        text = (
            f"{what}: {error.why or error}; see that the server runs, and that DATABASE_URL names its host,"
            " user, password and database"
        )
        return [Finding("wrong", "database", text)]
    finally:
        await database.close()
    return [Finding("ok", "database", f"{what}: reachable"), *seen]


def _tables_of_server(on: Connection, secret: str) -> Iterator[Finding]:
    from sqlalchemy import inspect, text

    from bot.store.migrate import revision

    tables = _tables(revision(on), mends_itself=False)
    yield tables
    if tables.wrong:
        return
    yield from _sealed(secret, on.execute)
    if not inspect(on).has_table("procrastinate_jobs"):
        yield Finding(
            "wrong", "jobs",
            "Procrastinate's tables are gone; bring them back from a backup, or begin with an empty database",
        )  # fmt: skip
        return
    yield Finding("ok", "jobs", "Procrastinate's tables are there")
    count = on.execute(
        text(
            "SELECT count(*) FROM procrastinate_workers"
            " WHERE last_heartbeat > now() - make_interval(secs => :alive)"
        ),
        {"alive": ALIVE},
    ).scalar_one()
    running = "no `whatif run` is at work on it" if not count else f"{count} `whatif run` at work on it"
    yield Finding("ok" if count else "-", "running", running)


# --- the rest ---


def _address(settings: Settings) -> Finding:
    port = PORT if settings.port is None else settings.port
    where = f"{settings.host}, port {port or 'any'}"
    try:
        with socket.create_server(
            (settings.host, port), family=socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        ):
            return Finding("ok", "address", f"{where}: free")
    except OSError as error:
        if port and _is_ours(settings.host, port):
            return Finding("ok", "address", f"{where}: a `whatif run` answers there")
        if settings.port is None and _can_listen(settings.host):
            return Finding(
                "-", "address", f"{where}: taken, so that `whatif run` takes any other; PORT names one"
            )
        why = (error.strerror or type(error).__name__).rpartition(": ")[2]
        text = f"{where}: can't be listened on ({why}); name another with PORT, or an address with HOST"
        return Finding("wrong", "address", text)


def _can_listen(host: str) -> bool:
    try:
        socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError:
        return False
    return True


def _is_ours(host: str, port: int) -> bool:
    name = f"[{host}]" if ":" in host else host
    try:
        # Whatever proxy the environment names, this one is here.
        with build_opener(ProxyHandler({})).open(f"http://{name}:{port}/healthz", timeout=1) as answer:
            return b'"alive"' in answer.read(100)
    except (URLError, OSError, ValueError):
        return False


def _public(settings: Settings) -> Finding:
    if settings.public:
        return Finding("ok", "public", f"https://{urlsplit(settings.public).hostname}, as PUBLIC_URL says")
    return Finding("-", "public", "PUBLIC_URL is not set; nothing reaches this program from outside")


def _practice(settings: Settings) -> Iterator[Finding]:
    from dialogs.faults import ContentError
    from dialogs.practice import load_practice

    if settings.practice:
        try:
            count = len(load_practice(settings.practice).places)
        except ContentError as error:
            yield from (Finding("wrong", "practice", str(fault)) for fault in error.faults)
        else:
            yield Finding("ok", "practice", f"{settings.practice}: {count} places of one's own")


def _key(settings: Settings) -> tuple[Settings, Finding]:
    """The settings with the key there is, and where that stands; none is made."""
    from bot.keyfile import key_file, with_key
    from bot.store import StoreError
    from bot.store.seal import secrets_in

    if settings.secret:
        count = len(secrets_in(settings.secret))
        more = f", with {count - 1} more that open what was sealed before" if count > 1 else ""
        return settings, Finding(
            "ok", "secret", f"SECRET_KEY is set{more}; all that is kept is sealed with it"
        )
    path = key_file(settings.database)
    try:
        found, _ = with_key(settings, make=False)
    except StoreError as error:
        return settings, Finding("wrong", "secret", str(error))
    if not found.secret:
        text = f"SECRET_KEY is not set; `whatif run` and `whatif chat` make a key in {path}"
        return found, Finding("-", "secret", text)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        text = f"others may read the key in {path}; run: chmod 600 {path}"
        return found, Finding("wrong", "secret", text)
    text = f"SECRET_KEY is not set; all that is kept is sealed with the key in {path}: keep it safe"
    return found, Finding("-", "secret", text)


def _platforms(environment: Mapping[str, str]) -> Iterator[Finding]:
    for platform, names in PLATFORMS.items():
        missing = [name for name in names if not environment.get(name, "").strip()]
        if not missing:
            yield Finding("ok", platform, f"{' and '.join(names)} set")
        else:
            mark: Literal["-", "wrong"] = "-" if len(missing) == len(names) else "wrong"
            yield Finding(mark, platform, f"{' and '.join(missing)} not set")


async def _telegram(settings: Settings) -> list[Finding]:
    """Who Telegram says the bot is, and whether it comes by its updates."""
    if not settings.telegram:
        return []
    from telegram.error import InvalidToken, TelegramError

    from bot.adapters.telegram import Telegram

    telegram = Telegram(settings.telegram.token, lambda _locale, block: block, api=settings.telegram.api)
    try:
        async with asyncio.timeout(PATIENCE):
            me = await telegram.bot.get_me()
            hook = await telegram.bot.get_webhook_info()
    except InvalidToken:
        text = "it doesn't know this TELEGRAM_BOT_TOKEN; @BotFather shows the right one"
        return [Finding("wrong", "Telegram", text)]
    except (TelegramError, TimeoutError) as error:
        host = urlsplit(settings.telegram.api).hostname
        text = f"{host} can't be reached ({type(error).__name__}); see that this machine is online"
        return [Finding("wrong", "Telegram", text)]
    finally:
        await telegram.close()
    found = [Finding("ok", "Telegram", f"the bot is @{me.username}")]
    wanted = f"{settings.public}/telegram/webhook" if settings.public else ""
    if hook.url != wanted:
        why = "its webhook is another than PUBLIC_URL says" if wanted else "a webhook keeps it from polling"
        found.append(Finding("wrong", "Telegram", f"{why}; run: whatif setup telegram"))
    return found


def _size(size: int) -> str:
    units = ["bytes", "kB", "MB", "GB"]
    amount = float(size)
    while amount >= 1000 and len(units) > 1:
        amount /= 1000
        units.pop(0)
    return f"{amount:.3g} {units[0]}"
