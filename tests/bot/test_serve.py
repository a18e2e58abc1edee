"""`whatif run`: real processes that are stopped, doubled, cut off and filled up."""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.dispatch.local import Local
from bot.metrics import Metrics
from bot.pace import Pace
from bot.serve import Accept, UnheardError, serve, unconfigured
from bot.settings import Settings
from bot.store import open_database
from bot.turn import Turns
from dialogs.events import Said, Started
from tests.bot.conftest import Server, Whatif
from tests.bot.played import DIALOG, Clock, Phone, until
from tests.bot.running import Loopback, Process, ask, running

LOOPBACK = "tests.bot.running"
START = Callable[..., Process]


@pytest.fixture
def start(home: dict[str, str], tmp_path: Path) -> Iterator[START]:
    """Starts a command with variables, on any free port unless they say another; ends it in the end."""
    begun: list[Process] = []

    def started(*command: str, **variables: str) -> Process:
        env = {**home, "PORT": "0", "LOOPBACK_OUT": str(tmp_path / "out"), **variables}
        begun.append(Process(list(command), env, tmp_path / f"log{len(begun)}"))
        return begun[-1]

    yield started
    for process in begun:
        if process.popen.poll() is None:
            process.popen.kill()
            process.popen.wait()


def sent(folder: Path) -> list[str]:
    """The states of what was sent, in order."""
    out = folder / "out"
    lines = out.read_text().splitlines() if out.exists() else []
    return [line.rpartition("/")[2] for line in lines if line != "trying"]


def trying(folder: Path) -> bool:
    out = folder / "out"
    return out.exists() and "trying" in out.read_text()


def listens(url: str) -> bool:
    try:
        ask(f"{url}/tg", ["tg:1:2", "b", "the bank"])
    except OSError:
        return False
    return True


# --- beginning ---


def test_without_a_key_it_makes_one_and_says_in_its_log_where(start: START, tmp_path: Path) -> None:
    process = start("bot", "run", SECRET_KEY="")
    assert process.ask("/healthz")[0] == 200
    (path,) = tmp_path.rglob("secret.key")
    (line,) = (line for line in process.log.splitlines() if "SECRET_KEY" in line)
    assert '"WARNING"' in line
    assert str(path) in line
    assert path.read_text().strip() not in process.log


def test_it_serves_its_pages_without_a_platform_and_ends_with_0(start: START) -> None:
    process = start("bot", "run")
    assert process.ask("/healthz")[0] == 200
    process.until(lambda: process.ask("/readyz")[0] == 200)
    assert "no platform is configured" in process.log
    process.popen.send_signal(signal.SIGTERM)
    assert process.ended() == 0


def test_what_would_configure_a_platform_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "whatif chat" in unconfigured()
    monkeypatch.setattr("bot.serve.PLATFORMS", {"pigeon": ("PIGEON_TOKEN", "PIGEON_LOFT")})
    assert "set PIGEON_TOKEN and PIGEON_LOFT for pigeon" in unconfigured()


def test_a_second_one_on_a_file_says_who_holds_it_and_terminals_may_share_it(
    start: START, whatif: Whatif, tmp_path: Path
) -> None:
    first = start(LOOPBACK)
    assert first.url
    second = whatif("run", PORT="0")
    assert second.returncode == 1
    assert f"held by process {first.popen.pid}," in second.stderr
    assert "DATABASE_URL" in second.stderr
    # The same file by another name is the same file.
    (file,) = tmp_path.rglob("whatif.db")
    (tmp_path / "other.db").symlink_to(file)
    assert whatif("run", PORT="0", DATABASE_URL=f"sqlite:///{tmp_path / 'other.db'}").returncode == 1

    for number in range(3):
        assert first.ask("/tg", [f"tg:1:{number}", "a", "the bank"])[0] == 200
        chatted = whatif("chat", "--name", str(number), stdin="the bank\nThe pay looks low\n")
        assert "[decide/pulls]" in chatted.stdout
        assert (chatted.returncode, chatted.stderr) == (0, "")
    first.until(lambda: len(sent(tmp_path)) >= 6)
    first.popen.send_signal(signal.SIGTERM)
    assert first.ended() == 0
    with closing(sqlite3.connect(file)) as on:
        assert on.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert on.execute("SELECT count(*) FROM conversation").fetchone() == (6,)
    # Who is gone holds nothing, also where it was killed.
    third = start("bot", "run")
    assert third.url
    third.popen.kill()
    third.ended()
    fourth = start("bot", "run")
    assert fourth.url


def test_a_file_may_be_begun_again_right_after_a_kill(start: START, tmp_path: Path) -> None:
    first = start(LOOPBACK, LOOPBACK_SLOW="3600")
    first.ask("/tg", ["tg:1:1", "a", "the bank"])
    first.until(lambda: trying(tmp_path))
    first.popen.kill()
    first.ended()
    second = start(LOOPBACK)
    second.until(lambda: "interview" in sent(tmp_path))


def test_two_on_one_server_both_run(start: START, postgres_url: str, tmp_path: Path) -> None:
    both = [start(LOOPBACK, DATABASE_URL=postgres_url) for _ in range(2)]
    for number, process in enumerate(both):
        process.until(lambda process=process: process.ask("/readyz")[0] == 200)  # type: ignore[misc]
        assert process.ask("/tg", [f"tg:1:{number}", "a", "the bank"])[0] == 200
        # Whichever comes second knows the event already.
        assert process.ask("/tg", ["tg:1:9", "a", "the bank"]) == (200, "false" if number else "true")
    both[0].until(lambda: sent(tmp_path).count("interview") == 3)
    for process in both:
        process.popen.send_signal(signal.SIGTERM)
        assert process.ended() == 0


def test_a_server_that_isnt_migrated_or_there_is_said_with_what_to_do(whatif: Whatif, server: Server) -> None:
    server.run("CREATE DATABASE {}", "unmade")
    try:
        done = whatif("run", DATABASE_URL=server.url("unmade"))
        assert (done.returncode, "run: whatif migrate" in done.stderr) == (1, True)
        assert "up to date now" in whatif("migrate", DATABASE_URL=server.url("unmade")).stdout
        assert "were up to date" in whatif("migrate", DATABASE_URL=server.url("unmade")).stdout
    finally:
        server.run("DROP DATABASE {} WITH (FORCE)", "unmade")
    away = whatif("run", DATABASE_URL="postgresql://me:mirabelle@127.0.0.1:1/none?password=mirabelle")
    assert away.returncode == 1
    assert "refused" in away.stderr
    assert "whatif doctor" in away.stderr
    assert "mirabelle" not in away.stderr
    assert "Traceback" not in away.stderr


def test_a_file_of_a_newer_version_is_left_alone(whatif: Whatif, tmp_path: Path) -> None:
    whatif("migrate")
    (file,) = tmp_path.rglob("whatif.db")
    with closing(sqlite3.connect(file)) as on, on:
        on.execute("UPDATE alembic_version SET version_num = '9999'")
    for command in ("run", "migrate"):
        done = whatif(command, PORT="0")
        assert done.returncode == 1
        assert "newer whatif" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_said_and_another_host_too(whatif: Whatif) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = whatif("run", PORT=port)
    assert done.returncode == 1
    assert f"port {port}: address already in use" in done.stderr
    assert "PORT" in done.stderr
    elsewhere = whatif("run", HOST="192.0.2.1")
    assert elsewhere.returncode == 1
    assert "192.0.2.1" in elsewhere.stderr
    assert "HOST" in elsewhere.stderr


async def test_any_port_will_do_where_none_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'whatif.db'}"
    stopped = asyncio.Event()
    stopped.set()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr("bot.serve.PORT", taken.getsockname()[1])
        asked = Settings(url, port=taken.getsockname()[1])
        with pytest.raises(UnheardError):
            await serve(asked, DIALOG, [], Metrics(), Turns, stopped)
        await serve(Settings(url), DIALOG, [], Metrics(), Turns, stopped)


# --- ending ---


@pytest.mark.parametrize("ends", [signal.SIGTERM, signal.SIGINT])
def test_what_is_under_way_is_finished_and_nothing_new_is_taken(
    start: START, tmp_path: Path, ends: signal.Signals
) -> None:
    process = start(LOOPBACK, LOOPBACK_SLOW="1.5")
    url = process.url
    process.ask("/tg", ["tg:1:1", "a", "the bank"])
    process.until(lambda: trying(tmp_path))
    process.popen.send_signal(ends)
    process.until(lambda: "stopping" in process.log)
    process.until(lambda: not listens(url))
    assert process.ended() == 0
    assert "stopped" in process.log
    # What was being sent is sent, and noted: nobody sends it again.
    done = sent(tmp_path)
    again = start(LOOPBACK)
    again.until(lambda: again.ask("/metrics")[1].count("} 0.0\nwhatif_waiting") == 1)
    again.until(lambda: "interview" in sent(tmp_path))
    assert done
    assert sent(tmp_path).count(done[0]) == 1


@pytest.mark.parametrize("on", ["sqlite", "postgresql"])
def test_what_is_unsent_is_sent_by_the_next(
    start: START, tmp_path: Path, on: str, request: pytest.FixtureRequest
) -> None:
    more = {"DATABASE_URL": request.getfixturevalue("postgres_url")} if on == "postgresql" else {}
    process = start(LOOPBACK, LOOPBACK_PACE="4", **more)
    process.ask("/tg", ["tg:1:1", "a", "the bank"])
    process.until(lambda: sent(tmp_path))
    process.popen.send_signal(signal.SIGTERM)
    assert process.ended() == 0
    first = sent(tmp_path)
    assert "interview" not in first
    again = start(LOOPBACK, LOOPBACK_PACE="4", **more)
    again.until(lambda: "interview" in sent(tmp_path))
    assert sent(tmp_path)[: len(first)] == first
    assert len(sent(tmp_path)) == len(set(sent(tmp_path)))


def test_what_never_ends_is_left_behind_and_done_again(start: START, tmp_path: Path) -> None:
    process = start(LOOPBACK, LOOPBACK_SLOW="3600")
    process.ask("/tg", ["tg:1:1", "a", "the bank"])
    process.until(lambda: trying(tmp_path))
    process.popen.send_signal(signal.SIGTERM)
    assert process.ended() == 0
    again = start(LOOPBACK)
    again.until(lambda: "interview" in sent(tmp_path))


def test_it_ends_also_while_the_server_is_away(start: START, postgres_url: str, server: Server) -> None:
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    process = start(LOOPBACK, DATABASE_URL=postgres_url)
    process.until(lambda: process.ask("/readyz")[0] == 200)
    server.run("ALTER DATABASE {} ALLOW_CONNECTIONS false", name)
    server.cut(name)
    try:
        process.until(lambda: process.ask("/readyz")[0] == 503)
        process.popen.send_signal(signal.SIGTERM)
        assert process.ended() == 0
    finally:
        server.run("ALTER DATABASE {} ALLOW_CONNECTIONS true", name)
    assert "Traceback" not in process.log


def test_it_ends_also_while_somebody_keeps_the_file_locked(start: START, tmp_path: Path) -> None:
    process = start(LOOPBACK, DATABASE_URL=f"sqlite:///{tmp_path / 'whatif.db'}")
    assert process.url
    with closing(sqlite3.connect(tmp_path / "whatif.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        process.until(lambda: process.ask("/readyz")[0] == 503)
        process.popen.send_signal(signal.SIGTERM)
        assert process.ended() == 0


class Stubborn(Loopback):
    """A platform that fails when it begins, and doesn't end when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = 0
        self.freed = asyncio.Event()

    async def run(self, accept: Accept) -> None:
        self.begun += 1
        if self.begun == 1:
            raise RuntimeError("mirabelle")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await self.freed.wait()


async def test_a_platform_that_fails_is_begun_again_and_one_that_doesnt_end_left_behind(url: str) -> None:
    phone = Stubborn()
    async with running(url, phone) as pages:
        await until(lambda: phone.begun == 2)
        assert "tg is begun again" in pages.log
        pages.stop.set()
        await until(lambda: '"stopped"' in pages.log)
    assert "an adapter doesn't end" in pages.log
    assert "mirabelle" not in pages.log
    phone.freed.set()


# --- a world that doesn't hold still ---


def cut(server: Server, name: str, allowed: bool) -> None:
    server.run(f"ALTER DATABASE {{}} ALLOW_CONNECTIONS {'true' if allowed else 'false'}", name)
    server.cut(name)


def test_a_server_that_goes_away_for_seconds_costs_nothing_that_was_accepted(
    start: START, postgres_url: str, server: Server, tmp_path: Path
) -> None:
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    process = start(LOOPBACK, DATABASE_URL=postgres_url, LOOPBACK_SLOW="0.3")
    process.until(lambda: process.ask("/readyz")[0] == 200)
    for number in range(5):
        assert process.ask("/tg", [f"tg:1:{number}", "a", "the bank"])[0] == 200
    # Away in the midst of it: some are sent, some are being sent, some are waiting.
    cut(server, name, allowed=False)
    try:
        process.until(lambda: process.ask("/readyz")[0] == 503)
        assert process.ask("/tg", ["tg:1:5", "a", "the bank"])[0] == 503
    finally:
        cut(server, name, allowed=True)
    process.until(lambda: process.ask("/tg", ["tg:1:5", "a", "the bank"])[0] == 200)
    process.until(lambda: sent(tmp_path).count("interview") >= 6)
    process.until(lambda: process.ask("/readyz")[0] == 200)
    assert process.popen.poll() is None
    assert "Traceback" not in process.log


@pytest.mark.skipif(sys.platform != "linux", reason="only there can a running process be given less room")
def test_a_full_disk_is_said_and_all_goes_on_once_there_is_room(start: START, tmp_path: Path) -> None:
    process = start(LOOPBACK, DATABASE_URL=f"sqlite:///{tmp_path / 'whatif.db'}")
    assert process.ask("/tg", ["tg:1:1", "a", "the bank"]) == (200, "true")
    process.until(lambda: "interview" in sent(tmp_path))
    _, most = resource.prlimit(process.popen.pid, resource.RLIMIT_FSIZE)
    used = (tmp_path / "whatif.db-wal").stat().st_size
    resource.prlimit(process.popen.pid, resource.RLIMIT_FSIZE, (used, most))
    refused = [n for n in range(20) if process.ask("/tg", [f"tg:2:{n}", "a", "x" * 4000])[0] == 503]
    assert refused
    resource.prlimit(process.popen.pid, resource.RLIMIT_FSIZE, (most, most))
    assert "Make room on its disk" in process.log
    for number in refused:
        assert process.ask("/tg", [f"tg:2:{number}", "a", "x" * 4000]) == (200, "true")
    process.until(lambda: sum("tg:2:" in line for line in (tmp_path / "out").read_text().splitlines()) >= 20)
    process.until(lambda: process.ask("/readyz")[0] == 200)
    with closing(sqlite3.connect(tmp_path / "whatif.db")) as on:
        assert on.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_clock_that_jumps_back_an_hour_loses_nothing_and_holds_nothing_up(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'whatif.db'}"
    clock, phone = Clock(), Phone(Pace(chat=30, chat_burst=1, bot=0))
    database = open_database(url)
    await database.migrate()
    dispatcher = Local(database, ["tg"], clock)
    turns = Turns(DIALOG, dispatcher, {"tg": phone}, clock=clock)
    await turns.start()
    await turns.accept("tg:1:1", "a", Started())
    await until(lambda: phone.got["tg:1:1"])
    # The next one has its slot in half a minute, which is now an hour and a half minute away.
    clock.now -= 3600
    await until(lambda: len(phone.got["tg:1:1"]) > 1)
    await turns.accept("tg:1:1", "b", Said("the bank"))
    await turns.accept("tg:1:2", "a", Said("the bank"))
    await until(lambda: phone.got["tg:1:2"])
    while "hesitations" not in phone.states("tg:1:1") or "interview" not in phone.states("tg:1:2"):
        clock.now += 30
        await asyncio.sleep(0.2)
    clock.now += 120
    await dispatcher.stop(5)
    await database.close()
    assert phone.states("tg:1:1") == ["welcome", "interview", "said", "hesitations"]
    assert phone.states("tg:1:2")[-1] == "interview"
