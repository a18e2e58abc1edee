"""The command line."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pytest

from bot.store import Keys
from tests.bot.conftest import KEY, Whatif

WALK = "the bank\nsalary_too_low\n1,2\nover_a_year\nurgent\nmaybe\nyes\nno\nno\nmaybe\nyes\nyes\n"
COMMANDS = ["chat", "run", "migrate", "doctor", "advise", "understand", "replay", "lint", "points", "graph"]


def headers(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("[decide/")]


def test_a_whole_conversation_comes_to_its_verdict(whatif: Whatif) -> None:
    done = whatif("chat", stdin=WALK)
    assert "[decide/verdict go 4]" in headers(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_conversation_in_readme_comes_to_a_verdict(whatif: Whatif) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    typed = re.findall(r"printf '(.*)' \| make -s chat", readme)
    assert len(typed) == 1
    done = whatif("chat", "--fresh", stdin=typed[0].replace("\\n", "\n"))
    assert "[decide/verdict go 4]" in headers(done.stdout)
    assert "[decide/unclear]" not in headers(done.stdout)


def test_it_goes_on_where_it_was_left(whatif: Whatif) -> None:
    first, rest = WALK[: WALK.index("urgent")], WALK[WALK.index("urgent") :]
    assert headers(whatif("chat", stdin=first).stdout)[-1] == "[decide/runway]"
    again = headers(whatif("chat", stdin=rest).stdout)
    assert again[:2] == ["[decide/welcome_back]", "[decide/runway]"]
    assert "[decide/verdict go 4]" in again


def test_names_are_kept_apart_and_fresh_starts_anew(whatif: Whatif) -> None:
    whatif("chat", "--name", "bank", stdin="the bank\n")
    assert headers(whatif("chat", "--name", "shop").stdout) == ["[decide/welcome]", "[decide/interview]"]
    assert headers(whatif("chat", "--name", "bank").stdout)[-1] == "[decide/hesitations]"
    assert headers(whatif("chat", "--name", "bank", "--fresh").stdout) == [
        "[decide/welcome]",
        "[decide/interview]",
    ]


def test_quit_leaves_and_says_so(whatif: Whatif) -> None:
    done = whatif("chat", stdin="the bank\nquit\nsalary_too_low\n")
    assert headers(done.stdout)[-1] == "[decide/stopped]"
    assert headers(whatif("chat").stdout)[-1] == "[decide/hesitations]"


@pytest.mark.parametrize(
    "typed",
    ["<b>x</b> & co", "{{ 7*7 }}", "\x1b[31mred\x07", "שלום \u202etxt", "x" * 10_000, "🙂", "\ud800"],
)
def test_odd_input_is_shown_back_harmlessly(whatif: Whatif, typed: str) -> None:
    done = whatif("chat", "--fresh", stdin=f"{typed}\n".encode("utf-8", "surrogatepass"))
    said = next(line for line in done.stdout.splitlines() if line.startswith("You said: "))
    assert "49" not in said
    assert all(char.isprintable() for char in said)
    assert len(said) < 100
    if typed[0] in "<{":
        assert said.endswith(typed)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_database_that_is_none_is_left_alone_and_the_talk_offered_anew(
    whatif: Whatif, tmp_path: Path
) -> None:
    file = tmp_path / "broken.db"
    file.write_bytes(b"this is no database, but somebody may want it back" * 100)
    before = file.read_bytes()
    done = whatif("chat", stdin="the bank\n", DATABASE_URL=f"sqlite:///{file}")
    assert str(file) in done.stderr
    assert "Traceback" not in done.stderr
    assert file.read_bytes() == before
    assert headers(done.stdout)[-1] == "[decide/hesitations]"


@pytest.mark.parametrize(
    "state", ["", "{", '{"version": 99}', "[]", '{"version": 1}', "\udcff", "[" * 50_000, "null"]
)
def test_a_conversation_that_cant_be_read_is_kept_and_offered_anew(
    whatif: Whatif, tmp_path: Path, state: str
) -> None:
    file = tmp_path / "kept.db"
    whatif("chat", stdin="the bank\n", DATABASE_URL=f"sqlite:///{file}")
    raw = state.encode("utf-8", "surrogateescape")
    with sqlite3.connect(file) as database:
        database.execute("UPDATE conversation SET state = CAST(? AS TEXT)", (raw,))
    done = whatif("chat", DATABASE_URL=f"sqlite:///{file}")
    assert "can't be read" in done.stderr
    assert "Traceback" not in done.stderr
    assert headers(done.stdout) == ["[decide/welcome]", "[decide/interview]"]
    database = sqlite3.connect(file)
    kept = [Keys(KEY).open(*row) for row in database.execute("SELECT id, state FROM conversation")]
    database.close()
    assert raw in [each.encode("utf-8", "surrogateescape") for each in kept]


def test_the_file_is_its_owners_alone(whatif: Whatif, tmp_path: Path) -> None:
    whatif("chat", stdin="the bank\n")
    (file,) = tmp_path.rglob("whatif.db")
    assert file.stat().st_mode & 0o077 == 0


def test_settings_that_cant_be_used_are_misuse_and_the_address_isnt_repeated(whatif: Whatif) -> None:
    done = whatif("chat", DATABASE_URL="mysql://me:secret@host/db")
    assert done.returncode == 2
    assert "DATABASE_URL" in done.stderr
    assert "secret" not in done.stderr


def started(home: dict[str, str], *command: str) -> subprocess.Popen[bytes]:
    """A command under way, its three streams piped."""
    return subprocess.Popen(
        [sys.executable, "-m", "bot", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=home,
    )


def test_a_closed_pipe_is_a_clean_end(home: dict[str, str]) -> None:
    for command in (["chat"], ["points"]):
        process = started(home, *command)
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 0
        process.stderr.close()


def test_an_interrupt_is_a_clean_end_and_nothing_is_lost(home: dict[str, str], whatif: Whatif) -> None:
    process = started(home, "chat")
    assert process.stdin
    assert process.stdout
    assert process.stderr
    process.stdin.write(b"the bank\n")
    process.stdin.flush()
    while b"[decide/hesitations]" not in process.stdout.readline():
        pass
    time.sleep(0.5)  # by now it reads the next line, and that is what the signal has to get through
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 0
    assert process.stderr.read() == b""
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()
    assert headers(whatif("chat").stdout)[-1] == "[decide/hesitations]"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(whatif: Whatif, command: str) -> None:
    done = whatif(command, "--help")
    assert done.returncode == 0
    assert re.search(rf"example: .*whatif {command}", done.stdout)
    assert command in whatif("--help").stdout


@pytest.mark.parametrize("arguments", [[], ["sing"], ["advise"], ["chat", "--loud"], ["replay"]])
def test_misuse_exits_2_and_says_how(whatif: Whatif, arguments: list[str]) -> None:
    done = whatif(*arguments)
    assert done.returncode == 2
    assert "usage: whatif" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_imports_no_library_it_doesnt_need(home: dict[str, str]) -> None:
    code = (
        "import sys, bot.__main__ as m\ntry: m.main(['--help'])\nexcept SystemExit: pass\nprint(*sys.modules)"
    )
    # Coverage would bring libraries of its own.
    alone = {name: value for name, value in home.items() if not name.startswith("COVERAGE")}
    done = subprocess.run([sys.executable, "-c", code], env=alone, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {
        "jinja2", "transitions", "prompt_toolkit", "sqlite3", "platformdirs",
        "sqlalchemy", "alembic", "procrastinate", "psycopg", "aiohttp", "asyncio",
    }  # fmt: skip


def test_a_terminal_on_its_file_loads_nothing_for_servers(home: dict[str, str]) -> None:
    code = "import sys, bot.__main__ as m\nm.main(['chat'])\nprint(*sys.modules)"
    alone = {name: value for name, value in home.items() if not name.startswith("COVERAGE")}
    subprocess.run(
        [sys.executable, "-c", code], env=alone, input="", text=True, capture_output=True, check=True
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=alone, input="", capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {"procrastinate", "aiohttp", "alembic", "psycopg", "prompt_toolkit"}


def test_a_terminal_that_isnt_utf8_doesnt_end_the_talk(whatif: Whatif) -> None:
    done = whatif("chat", stdin="zoë\n", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert "You said: zoë" in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


def test_a_conversation_begins_in_the_terminals_own_language_where_there_are_words_for_it() -> None:
    from bot.__main__ import _locale

    with pytest.MonkeyPatch.context() as patch:
        for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
            patch.delenv(name, raising=False)
        assert _locale(("en", "de")) == "en"
        patch.setenv("LANG", "de_AT.UTF-8")
        assert _locale(("en", "de")) == "de"
        assert _locale(("en", "fr")) == "en"


def test_it_says_its_version(whatif: Whatif) -> None:
    assert whatif("--version").stdout == f"whatif {version('whatif')}\n"


def test_a_picture_to_keep_is_put_where_only_its_person_looks(whatif: Whatif, home: dict[str, str]) -> None:
    walk = "the shop\n3\n2\n2\nmaybe\nmaybe\nmaybe\nyes\nyes\na picture to keep\nlight, with its name\n"
    done = whatif("chat", "--name", "../../etc", stdin=walk)
    assert done.returncode == 0
    assert "[decide/card]\nHere you go." in done.stdout
    assert "  file: whatif-verdict.png\n  file: whatif-verdict.md\n" in done.stdout
    picture, text = map(Path, done.stderr.splitlines())
    assert picture.parent == text.parent
    assert Path(home["HOME"]) in picture.parents
    assert picture.parent.parent.name == "files"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "**the shop**" in text.read_text("utf-8")


def test_an_operators_own_places_are_named_and_their_faults_told_at_start(
    whatif: Whatif, tmp_path: Path
) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        "[[places]]\nname = 'The workshop on the hill'\ncountries = ['IE']\noffers = ['workshops']\n"
        "call = '01 234 5678'\nsources = ['https://example.org/a']\nchecked = 2026-12-03\n"
    )
    done = whatif("chat", "--fresh", stdin="where to practise\nireland\n", PRACTICE_FILE=str(own))
    assert "• The workshop on the hill: workshops. Call 01 234 5678." in done.stdout
    own.write_text(own.read_text().replace("'workshops'", "'wine'"))
    for command in ("chat", "run"):
        done = whatif(command, PRACTICE_FILE=str(own), PORT="0")
        assert done.returncode == 1
        assert f"{own}:4: 'wine' is nothing that is known here" in done.stderr
