"""The key of whoever has set none: made once, for its owner only, apart from the database."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from bot.doctor import examine
from bot.keyfile import key_file, with_key
from bot.settings import Settings
from bot.store import StoreError
from tests.bot.conftest import Whatif

MARK = "mirabelle"

HELLO = f"the {MARK} bank\n"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with a file for a database, in an empty home, and no key."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    return Settings(f"sqlite:///{tmp_path / 'data' / 'whatif.db'}")


def keys(folder: Path) -> list[Path]:
    return list(folder.rglob("secret.key*"))


def test_it_is_made_once_and_read_by_its_owner_only(settings: Settings, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        first, made = with_key(settings)
    finally:
        os.umask(before)
    again, made_again = with_key(settings)
    assert (made, made_again) == (True, False)
    assert first.secret == again.secret
    assert len(first.secret) > 40
    (path,) = keys(tmp_path)
    assert path == key_file(settings.database)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert first.database == settings.database


def test_who_has_set_a_key_gets_no_file(settings: Settings, tmp_path: Path) -> None:
    given = Settings(settings.database, secret="mine")
    assert with_key(given) == (given, False)
    assert with_key(settings, make=False) == (settings, False)
    assert keys(tmp_path) == []


def test_those_that_begin_at_once_have_the_same_key(settings: Settings, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: with_key(settings), range(24)))
    assert len({each.secret for each, _ in found}) == 1
    assert sum(made for _, made in found) == 1
    assert len(keys(tmp_path)) == 1


@pytest.mark.parametrize("below", ["", "deep/down"])
def test_it_never_stands_beside_the_database(settings: Settings, below: str) -> None:
    folder = key_file(settings.database).parent
    there = key_file(f"sqlite:///{folder / below / 'whatif.db'}").parent
    assert there != folder
    assert folder not in there.parents


@pytest.mark.parametrize("content", [b"", b" ,\n", b"\xff\xfe"])
def test_a_file_without_a_key_is_said_and_left(settings: Settings, content: bytes) -> None:
    path = key_file(settings.database)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"secret\.key"):
        with_key(settings)
    assert path.read_bytes() == content


def test_where_no_file_can_be_made_it_is_said(settings: Settings) -> None:
    folder = key_file(settings.database).parent
    folder.parent.mkdir(parents=True)
    folder.write_text("in the way")
    with pytest.raises(StoreError, match="SECRET_KEY"):
        with_key(settings)


def test_a_terminal_says_so_once_and_keeps_its_conversation(whatif: Whatif, tmp_path: Path) -> None:
    first = whatif("chat", stdin=HELLO, SECRET_KEY="")
    again = whatif("chat", SECRET_KEY="")
    (path,) = keys(tmp_path)
    assert first.stderr.count("\n") == 1
    assert str(path) in first.stderr
    assert again.stderr == ""
    assert "secret.key" not in first.stdout
    assert "[decide/hesitations]" in again.stdout
    everything = b"".join(each.read_bytes() for each in tmp_path.rglob("*.db*"))
    assert MARK.encode() not in everything
    assert path.read_bytes().strip() not in everything


def test_a_lost_key_loses_nothing_until_it_is_found_again(whatif: Whatif, tmp_path: Path) -> None:
    whatif("chat", stdin=HELLO, SECRET_KEY="")
    (path,) = keys(tmp_path)
    key = path.read_text().strip()
    path.unlink()
    lost = whatif("chat", "--fresh", stdin="skip\n", SECRET_KEY="")
    assert lost.returncode == 1
    assert "SECRET_KEY" in lost.stderr
    assert "Traceback" not in lost.stderr
    assert lost.stdout == ""
    found = whatif("chat", SECRET_KEY=f"{path.read_text().strip()},{key}")
    assert "[decide/hesitations]" in found.stdout


def test_on_a_server_it_doesnt_begin_without_a_key(whatif: Whatif, postgres_url: str, tmp_path: Path) -> None:
    for command in ("run", "chat", "migrate"):
        done = whatif(command, DATABASE_URL=postgres_url, SECRET_KEY="", PORT="x")
        assert done.returncode == 2
        assert "SECRET_KEY is missing" in done.stderr
        assert "PORT" in done.stderr
    assert keys(tmp_path) == []


def test_migrating_seals_everything_with_the_first_key(whatif: Whatif, url: str, tmp_path: Path) -> None:
    told = {"DATABASE_URL": url, "SECRET_KEY": "old"}
    whatif("chat", stdin=HELLO, **told)
    assert whatif("migrate", **told).stdout == "the tables were up to date\n"
    unknown = whatif("migrate", **{**told, "SECRET_KEY": "new"})
    assert unknown.returncode == 1
    assert "no key opens" in unknown.stderr
    changed = whatif("migrate", **{**told, "SECRET_KEY": "new,old"})
    assert changed.returncode == 0
    assert "sealed anew with the first key: " in changed.stdout
    assert whatif("migrate", **{**told, "SECRET_KEY": "new"}).stdout == "the tables were up to date\n"
    assert "[decide/hesitations]" in whatif("chat", **{**told, "SECRET_KEY": "new"}).stdout
    assert not list(tmp_path.rglob("*.key"))


async def sealed(**environment: str) -> list[str]:
    findings = await examine({"PORT": "0", **environment})
    return [f"{each.mark} {each.text}" for each in findings if each.about == "sealed"]


async def test_the_doctor_sees_whether_there_is_a_key_for_all_that_is_kept(whatif: Whatif, url: str) -> None:
    whatif("chat", stdin=HELLO, DATABASE_URL=url, SECRET_KEY="old")
    (well,) = await sealed(DATABASE_URL=url, SECRET_KEY="old")
    assert well.startswith("ok all that is kept")
    (earlier,) = await sealed(DATABASE_URL=url, SECRET_KEY="new,old")
    assert earlier.startswith("- ")
    assert "whatif migrate" in earlier
    (lost,) = await sealed(DATABASE_URL=url, SECRET_KEY="new")
    assert lost.startswith("wrong no key opens ")
    assert "SECRET_KEY" in lost


async def test_the_doctor_sees_a_key_that_others_may_read(settings: Settings) -> None:
    async def secret() -> str:
        told = {"PORT": "0", "DATABASE_URL": settings.database}
        (found,) = (each for each in await examine(told) if each.about == "secret")
        return f"{found.mark} {found.text}"

    assert "make a key in" in await secret()
    with_key(settings)
    path = key_file(settings.database)
    assert str(path) in await secret()
    assert path.read_text().strip() not in await secret()
    path.chmod(0o644)
    assert (await secret()).startswith("wrong others may read")
    path.write_text("")
    assert (await secret()).startswith("wrong ")


def test_a_terminals_conversation_expires_as_well(whatif: Whatif, tmp_path: Path) -> None:
    file = tmp_path / "kept.db"
    told = {"DATABASE_URL": f"sqlite:///{file}", "KEEP_DAYS": "3"}
    whatif("chat", stdin=HELLO, **told)
    with closing(sqlite3.connect(file)) as database, database:
        ((until,),) = database.execute("SELECT expires FROM conversation").fetchall()
        assert until == pytest.approx(time.time() + 3 * 86_400, abs=600)
    assert "[decide/hesitations]" in whatif("chat", **told).stdout
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE conversation SET expires = ?", (time.time() - 1,))
    assert "[decide/welcome]" in whatif("chat", **told).stdout
