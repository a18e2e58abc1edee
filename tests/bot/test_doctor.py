"""`whatif doctor`: what is configured, reachable and missing, and never a secret."""

from __future__ import annotations

import os
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.doctor import Finding, examine
from tests.bot.conftest import Server, Whatif
from tests.bot.running import Loopback, running

MARK = "mirabelle"


def about(findings: list[Finding], what: str) -> Finding:
    (found,) = (each for each in findings if each.about == what)
    return found


async def look(**environment: str) -> list[Finding]:
    return await examine(environment)


def here(folder: Path) -> dict[str, str]:
    return {"DATABASE_URL": f"sqlite:///{folder / 'whatif.db'}", "PORT": "0"}


def test_an_empty_home_is_well_and_nothing_is_made_in_it(whatif: Whatif, tmp_path: Path) -> None:
    done = whatif("doctor", PORT="0", SECRET_KEY="")
    assert (done.returncode, done.stderr) == (0, "")
    assert "no such file yet" in done.stdout
    assert "SECRET_KEY is not set" in done.stdout
    assert not list(tmp_path.rglob("whatif*"))
    whatif("chat", stdin="the bank\n", SECRET_KEY=MARK)
    again = whatif("doctor", PORT="0", SECRET_KEY=MARK)
    assert "kB" in again.stdout
    assert "up to date" in again.stdout
    assert "SECRET_KEY is set" in again.stdout
    assert MARK not in again.stdout


def test_every_fault_of_the_settings_is_named_and_is_wrong(whatif: Whatif) -> None:
    faulty = {"PORT": "x", "LOG_LEVEL": "loud", "PUBLIC_URL": "http://x", "DATABASE_URL": "mysql://x"}
    done = whatif("doctor", **faulty)
    assert done.returncode == 1
    for name in faulty:
        assert f"wrong  settings    {name}" in done.stdout


async def test_an_operators_own_places_are_looked_at(tmp_path: Path) -> None:
    assert not [each for each in await look(**here(tmp_path)) if each.about == "practice"]
    own = tmp_path / "own.toml"
    told = {**here(tmp_path), "PRACTICE_FILE": str(own)}
    assert "it can't be read" in about(await look(**told), "practice").text
    own.write_text("[[places]]\nname = 'A'\n")
    found = [each for each in await look(**told) if each.about == "practice"]
    assert found
    assert all(each.wrong and each.text.startswith(f"{own}:1: ") for each in found)
    entry = ["[[places]]", "name = 'A'", "offers = ['tips']", "web = 'example.org'"]
    own.write_text("\n".join([*entry, "sources = ['https://example.org/a']", "checked = 2026-12-03"]))
    assert about(await look(**told), "practice").mark == "ok"


async def test_who_holds_the_file_and_whose_the_port_is(tmp_path: Path) -> None:
    told = here(tmp_path)
    async with running(told["DATABASE_URL"], Loopback()) as pages:
        port = pages.url.rpartition(":")[2]
        findings = await look(**{**told, "PORT": port})
        assert about(findings, "running").text.startswith(f"process {os.getpid()} holds the file")
        assert about(findings, "address").text.endswith("a `whatif run` answers there")
        assert not any(finding.wrong for finding in findings)
    findings = await look(**told)
    assert about(findings, "running").text == "no `whatif run` holds the file"
    assert about(findings, "address").mark == "ok"


async def test_a_port_or_host_that_cant_be_had_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        # It takes connections and answers none.
        port = str(taken.getsockname()[1])
        asked = about(await look(**{**here(tmp_path), "PORT": port}), "address")
        assert asked.wrong
        assert "PORT" in asked.text
        monkeypatch.setattr("bot.doctor.PORT", int(port))
        usual = about(await look(DATABASE_URL=here(tmp_path)["DATABASE_URL"]), "address")
        assert usual.mark == "-"
    elsewhere = about(await look(**{**here(tmp_path), "HOST": "192.0.2.1"}), "address")
    assert elsewhere.wrong
    assert "HOST" in elsewhere.text


async def test_a_file_that_is_no_database_or_of_another_version_is_said(tmp_path: Path) -> None:
    file = tmp_path / "whatif.db"
    file.write_bytes(b"this is no database" * 100)
    found = about(await look(**here(tmp_path)), "database")
    assert found.wrong
    assert "not a database" in found.text
    file.unlink()
    with closing(sqlite3.connect(file)) as on, on:
        on.execute("CREATE TABLE alembic_version (version_num TEXT)")
    assert about(await look(**here(tmp_path)), "tables").mark == "-"
    with closing(sqlite3.connect(file)) as on, on:
        on.execute("INSERT INTO alembic_version VALUES ('0001')")
    assert "earlier" in about(await look(**here(tmp_path)), "tables").text
    with closing(sqlite3.connect(file)) as on, on:
        on.execute("UPDATE alembic_version SET version_num = '9999'")
    assert about(await look(**here(tmp_path)), "tables").wrong


async def test_a_file_that_cant_be_made_or_written_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    found = about(await look(DATABASE_URL=f"sqlite:///{tmp_path}/file/whatif.db"), "database")
    assert found.wrong
    assert "DATABASE_URL" in found.text
    sqlite3.connect(tmp_path / "whatif.db").close()
    (tmp_path / "whatif.db").touch()
    # An administrator may write everywhere, so that a folder without the right to would prove nothing.
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert about(await look(**here(tmp_path)), "database").wrong


async def test_a_server_is_looked_at_for_its_tables_and_who_is_at_work(
    postgres_url: str, server: Server
) -> None:
    told = {"DATABASE_URL": postgres_url, "PORT": "0", "SECRET_KEY": "key"}
    findings = await look(**told)
    assert about(findings, "database").text.endswith(": reachable")
    assert about(findings, "tables").text == "up to date"
    assert about(findings, "jobs").mark == "ok"
    assert about(findings, "running").text == "no `whatif run` is at work on it"
    async with running(postgres_url, Loopback()) as pages:
        await pages.until("/readyz", lambda status, _: status == 200)
        assert about(await look(**told), "running").text == "1 `whatif run` at work on it"
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    server.run("DROP TABLE procrastinate_jobs CASCADE", on=name)
    assert about(await look(**told), "jobs").wrong
    server.run("DROP TABLE alembic_version", on=name)
    missing = about(await look(**told), "tables")
    assert missing.wrong
    assert "whatif migrate" in missing.text


async def test_a_server_that_cant_be_reached_is_said_with_the_reason() -> None:
    url = f"postgresql://me:{MARK}@127.0.0.1:1/none"
    found = about(await look(DATABASE_URL=url, PORT="0", SECRET_KEY="key"), "database")
    assert found.wrong
    assert "127.0.0.1:1/none" in found.text
    assert "refused" in found.text
    assert "DATABASE_URL" in found.text


async def test_a_server_that_doesnt_answer_isnt_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.doctor.PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://me@127.0.0.1:{silent.getsockname()[1]}/none"
        findings = await look(DATABASE_URL=url, PORT="0", SECRET_KEY="key")
        assert "no answer" in about(findings, "database").text


async def test_platforms_are_told_by_what_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert about(await look(**here(tmp_path)), "Telegram").mark == "-"
    monkeypatch.setattr("bot.doctor.PLATFORMS", {"pigeon": ("PIGEON_TOKEN", "PIGEON_LOFT")})
    assert about(await look(**here(tmp_path)), "pigeon").mark == "-"
    half = about(await look(**here(tmp_path), PIGEON_TOKEN=MARK), "pigeon")
    assert half.text == "PIGEON_LOFT not set"
    assert half.wrong
    whole = about(await look(**here(tmp_path), PIGEON_TOKEN=MARK, PIGEON_LOFT=MARK), "pigeon")
    assert whole == Finding("ok", "pigeon", "PIGEON_TOKEN and PIGEON_LOFT set")


SECRETS = {
    "DATABASE_URL": [
        f"postgresql://me:{MARK}@127.0.0.1:1/none",
        f"postgresql://me@127.0.0.1:1/none?password={MARK}",
        f"postgresql://me@127.0.0.1:1/none?sslpassword={MARK}&nonsense={MARK}",
        f"postgresql://me:{MARK}@127.0.0.1:none/none",
        f"mysql://me:{MARK}@127.0.0.1/none",
    ],
    "PUBLIC_URL": [f"https://me:{MARK}@bot.example.org/{MARK}?{MARK}", f"http://{MARK}", f"https://x:{MARK}"],
    "SECRET_KEY": [MARK],
    "PORT": [MARK],
    "LOG_LEVEL": [MARK],
    "TELEGRAM_BOT_TOKEN": [MARK],
    "TELEGRAM_WEBHOOK_SECRET": [MARK],
    "SLACK_BOT_TOKEN": [MARK],
    "SLACK_SIGNING_SECRET": [MARK],
}


@pytest.mark.parametrize(("name", "value"), [(name, each) for name, some in SECRETS.items() for each in some])
async def test_no_secret_is_ever_printed(name: str, value: str, tmp_path: Path) -> None:
    findings = await look(**{**here(tmp_path), "SECRET_KEY": "key", name: value})
    assert findings
    assert not any(MARK in str(finding) for finding in findings)
