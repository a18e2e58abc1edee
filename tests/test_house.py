"""The house keeps its rules: who imports whom, what the locks hold, and that the wheel works by itself."""

import ast
import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]

# --- who imports whom ---

STDLIB = tuple(sorted(sys.stdlib_module_names))

# What reaches the network, a clock, chance or another process: the same answers must give the same words.
WORLD = (
    "_socket",
    "_thread",
    "asyncio",
    "concurrent",
    "ftplib",
    "http",
    "imaplib",
    "multiprocessing",
    "poplib",
    "random",
    "sched",
    "secrets",
    "select",
    "selectors",
    "smtplib",
    "socket",
    "socketserver",
    "sqlite3",
    "ssl",
    "subprocess",
    "threading",
    "time",
    "urllib.request",
    "uuid",
    "webbrowser",
    "xmlrpc",
)

# The same by a call instead of an import.
CLOCKS = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "os.urandom", "os.getrandom")


@dataclass(frozen=True, slots=True)
class Rule:
    """What the modules in `rooms` may import. Names are prefixes, and the longest that fits decides."""

    rooms: tuple[str, ...]
    why: str
    unless: tuple[str, ...] = ()  # rooms within these rooms that the rule leaves alone
    only: tuple[str, ...] = ("",)  # "" is everything
    never: tuple[str, ...] = ()
    types: tuple[str, ...] = ()  # rooms that may name what is forbidden under TYPE_CHECKING
    calls: tuple[str, ...] = ()  # and calls that may not be made
    siblings: bool = True  # whether rooms beside one another may import each other


RULES = (
    Rule(
        ("dialogs",),
        "dialogs/ is pure: the standard library less the world, jinja2 and transitions, nothing of bot/",
        only=(*STDLIB, "jinja2", "markupsafe", "transitions", "dialogs"),
        never=WORLD,
        calls=CLOCKS,
    ),
    Rule(
        ("bot", "dialogs"),
        "only the engine drives the machine",
        unless=("dialogs.rulebook",),
        never=("transitions",),
        types=("dialogs.graph",),
    ),
    Rule(
        ("bot.adapters",),
        "an adapter knows messages and events, never what a question means",
        only=("", "dialogs.events", "dialogs.markup", "dialogs.transcript"),
        never=("dialogs",),
    ),
    Rule(("bot.adapters",), "adapters do not know one another", siblings=False),
    Rule(("bot", "dialogs"), "__main__ wires the others, so none of them sees it", never=("bot.__main__",)),
    Rule(
        (
            "bot.attachments",
            "bot.calendar",
            "bot.card",
            "bot.dispatch",
            "bot.pace",
            "bot.privacy",
            "bot.reminders",
            "bot.settings",
            "bot.store",
            "bot.turn",
            "bot.watch",
            "bot.wire",
        ),
        "adapters call these, never the other way round",
        never=("bot.adapters",),
    ),
    Rule(
        ("bot", "dialogs"),
        "only the store, and who is one or looks at one, knows which library speaks to databases",
        unless=("bot.adapters.slack.install", "bot.doctor", "bot.store"),
        never=("alembic", "sqlalchemy", "sqlite3"),
    ),
    Rule(
        ("bot", "dialogs"),
        "the distributed dispatcher and its tables are all there is of Procrastinate",
        unless=("bot.dispatch.distributed", "bot.store.migrations.versions.0002_durable_turns"),
        never=("procrastinate",),
    ),
    Rule(
        ("bot", "dialogs"),
        "a turn is the same without a network: what listens or calls over HTTP stands at the edge",
        unless=("bot.adapters", "bot.http", "bot.serve"),
        never=("aiohttp",),
    ),
    Rule(
        ("bot.store",),
        "the store knows nothing of who uses it",
        only=("", "bot.pace", "bot.store"),
        never=("bot",),
    ),
)


class Import(NamedTuple):
    """One name that a module asks for."""

    line: int
    name: str
    typing: bool = False


def within(name: str, prefix: str) -> bool:
    """Whether a dotted name is the prefix or stands below it."""
    return not prefix or name == prefix or name.startswith(prefix + ".")


def longest(name: str, prefixes: tuple[str, ...]) -> int:
    """How long the best fitting prefix is; -1 where none fits."""
    return max((len(p) for p in prefixes if within(name, p)), default=-1)


def imports(source: str, module: str, package: bool = False) -> Iterator[Import]:
    """All that a module imports, anywhere in it, by full name; `?` where the name is known only later."""

    def visit(node: ast.AST, typing: bool) -> Iterator[Import]:
        match node:
            case ast.Import(names=names):
                yield from (Import(node.lineno, alias.name, typing) for alias in names)
            case ast.ImportFrom(names=names):
                yield from (Import(node.lineno, f"{base(node)}.{alias.name}", typing) for alias in names)
            case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)) if called in {
                "__import__",
                "import_module",
            }:
                match node.args:
                    case [ast.Constant(value=str(name)), *_]:
                        yield Import(node.lineno, name, typing)
                    case _:
                        yield Import(node.lineno, "?", typing)
        if isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
            for child in node.body:
                yield from visit(child, True)
            rest: list[ast.stmt] = node.orelse
            for child in rest:
                yield from visit(child, typing)
        else:
            for below in ast.iter_child_nodes(node):
                yield from visit(below, typing)

    def base(node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        here = module.split(".")
        here = here[: len(here) - node.level + package]
        return ".".join([*here, *filter(None, [node.module])])

    yield from visit(ast.parse(source), False)


def calls(source: str, names: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Each call of one of the names, also where its module is named before it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if any(called == name or called.endswith("." + name) for name in names):
                yield node.lineno, called


def faults(source: str, module: str, package: bool = False, known: frozenset[str] = frozenset()) -> list[str]:
    """What a module does against the rules, a line each. `known` are all modules of the house."""
    found = []
    for rule in RULES:
        room = next((room for room in rule.rooms if within(module, room)), None)
        if room is None or longest(module, rule.unless) >= 0:
            continue
        for line, name, typing in imports(source, module, package):
            wrong = longest(name, rule.never) >= longest(name, rule.only)
            if typing and module in rule.types:
                wrong = False
            if not rule.siblings:
                # What stands right below the room is a neighbour, with all that is in it.
                neighbours = {".".join(k.split(".")[: room.count(".") + 2]) for k in known if within(k, room)}
                other = next((n for n in neighbours - {room} if within(name, n)), None)
                wrong |= other is not None and not within(module, other)
            if wrong:
                found.append(f"{module}:{line}: imports {name}: {rule.why}")
        found += [f"{module}:{line}: calls {name}: {rule.why}" for line, name in calls(source, rule.calls)]
    return found


def house() -> dict[str, Path]:
    """Every module of the project, by name."""
    paths = (path for top in ("bot", "dialogs") for path in (ROOT / top).rglob("*.py"))
    return {".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): p for p in paths}


def test_every_module_imports_only_what_it_may() -> None:
    modules = house()
    assert "dialogs.events" in modules
    known = frozenset(modules)
    wrong = [
        fault
        for module, path in sorted(modules.items())
        for fault in faults(path.read_text("utf-8"), module, path.name == "__init__.py", known)
    ]
    assert not wrong, "\n" + "\n".join(wrong)


KNOWN = frozenset(
    {"bot.adapters", "bot.adapters.terminal", "bot.adapters.slack", "bot.adapters.slack.blocks"}
)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("dialogs.flow", "import bot"),
        ("dialogs.flow", "from bot.store import Store"),
        ("dialogs.flow", "import socket"),
        ("dialogs.flow", "import os, time"),
        ("dialogs.flow", "from http.client import HTTPConnection"),
        ("dialogs.flow", "import urllib.request"),
        ("dialogs.flow", "from urllib import request"),
        ("dialogs.flow", "import asyncio"),
        ("dialogs.flow", "from random import choice"),
        ("dialogs.flow", "import prompt_toolkit"),
        ("dialogs.flow", "from jinja2x import Environment"),
        ("dialogs.flow", "def later():\n    import sqlite3"),
        ("dialogs.flow", "try:\n    import ssl\nexcept ImportError:\n    pass"),
        (
            "dialogs.flow",
            "if TYPE_CHECKING:\n    from bot.store import Store",
        ),
        ("dialogs.flow", "from .. import bot"),
        ("dialogs.flow", "from ..bot import store"),
        ("dialogs.flow", "__import__('subprocess')"),
        ("dialogs.flow", "import importlib\nimportlib.import_module('socket')"),
        ("dialogs.flow", "import importlib\nimportlib.import_module(name)"),
        ("dialogs.flow", "from datetime import datetime\ndatetime.now()"),
        ("dialogs.flow", "import datetime\nx = datetime.date.today()"),
        ("dialogs.flow", "import transitions"),
        ("dialogs.graph", "from transitions import Machine"),
        ("dialogs.graph", "if TYPE_CHECKING:\n    pass\nelse:\n    from transitions import Machine"),
        ("dialogs.render", "if TYPE_CHECKING:\n    from transitions import Machine"),
        ("bot.turn", "from transitions import Machine"),
        ("bot.turn", "from bot.__main__ import main"),
        ("bot.turn", "from bot import __main__"),
        ("bot.turn", "from bot.adapters import terminal"),
        ("bot.turn", "from sqlalchemy import select"),
        ("bot.dispatch.local", "import sqlalchemy.exc"),
        ("bot.chat", "def later():\n    import sqlite3"),
        ("bot.serve", "from alembic import command"),
        ("bot.dispatch.local", "import procrastinate"),
        ("bot.store.postgres", "from procrastinate import App"),
        (
            "bot.store.migrations.versions.0001_conversations",
            "from procrastinate.schema import SchemaManager",
        ),
        ("bot.turn", "import aiohttp"),
        ("bot.watch", "from bot.adapters.terminal import UNHURRIED"),
        ("bot.store.sqlite", "from bot.turn import Turns"),
        ("bot.store.sqlite", "from bot.settings import read"),
        ("bot.adapters.terminal", "import dialogs"),
        ("bot.adapters.terminal", "import dialogs.engine"),
        ("bot.adapters.terminal", "from dialogs import flow"),
        ("bot.adapters.terminal", "from dialogs.verdict import decide"),
        ("bot.adapters.terminal", "from dialogs.lint import lint"),
        ("bot.adapters.terminal", "from dialogs.events_log import Log"),
        ("bot.adapters.terminal", "import bot.__main__"),
        ("bot.adapters.terminal", "from bot.adapters import slack"),
        ("bot.adapters.terminal", "import bot.adapters.slack"),
        ("bot.adapters.terminal", "from bot.adapters.slack.blocks import block"),
        ("bot.adapters.terminal", "from . import slack"),
        ("bot.adapters.slack.blocks", "from bot.adapters.terminal import run"),
    ],
)
def test_a_wrong_import_is_caught(module: str, source: str) -> None:
    assert faults(source, module, known=KNOWN)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("dialogs.flow", "import json, tomllib\nfrom pathlib import Path\nfrom urllib.parse import quote"),
        ("dialogs.flow", "from dialogs import events\nfrom dialogs.events import Said"),
        ("dialogs.flow", "from datetime import date\nday = date.fromisoformat(text)"),
        ("dialogs.render", "from jinja2.sandbox import SandboxedEnvironment\nfrom markupsafe import Markup"),
        ("dialogs.rulebook", "from transitions import Machine"),
        (
            "dialogs.graph",
            "import typing\nif typing.TYPE_CHECKING:\n    from transitions import Machine",
        ),
        ("bot.store", "import sqlite3, time\nfrom dialogs.session import Session"),
        ("bot.store.transaction", "from sqlalchemy import select\nfrom bot.pace import Pace"),
        ("bot.store.migrate", "def upgrade():\n    from alembic import command"),
        (
            "bot.dispatch.distributed",
            "from procrastinate import App\nfrom bot.store.postgres import Postgres",
        ),
        ("bot.serve", "from aiohttp import web"),
        ("bot.adapters.slack", "import aiohttp"),
        ("bot.turn", "from dialogs import engine\nfrom bot.store import Store"),
        ("bot.adapters.terminal", "from dialogs import events\nfrom dialogs.markup import parse"),
        ("bot.adapters.terminal", "from bot.turn import Turn\nimport asyncio, prompt_toolkit"),
        ("bot.adapters.terminal", "from bot.adapters import Adapter"),
        ("bot.adapters.slack", "from bot.adapters.slack import blocks\nfrom .slack.blocks import block"),
        ("bot.adapters.slack.blocks", "from bot.adapters.slack import escape"),
        ("bot.__main__", "from bot.adapters import terminal\nfrom dialogs import engine, lint"),
    ],
)
def test_a_right_import_is_let_be(module: str, source: str) -> None:
    assert faults(source, module, known=KNOWN) == []


# --- what the locks hold ---

LOCKS = ("requirements.txt", "requirements-build.txt", "requirements-dev.txt", "requirements-semantic.txt")
PINNED = re.compile(r"^([a-z0-9][a-z0-9.-]*)==([^\s;]+)", re.MULTILINE)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def locked(name: str) -> dict[str, str]:
    """A lock's packages and their versions."""
    return dict(PINNED.findall((ROOT / name).read_text("utf-8")))


def distribution(requirement: str) -> str:
    """The package that a requirement is about, as the locks spell it."""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match
    return re.sub(r"[-_.]+", "-", match[0]).lower()


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_exact_versions_with_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert "make lock" in text.split("==")[0]
    assert not re.search(r"https?:|--index-url|--extra-index-url|--find-links|file:|git\+|/", text)
    entries = [e for e in re.split(r"\n(?=[^\s#])", text) if not e.startswith("#")]
    assert entries
    for entry in entries:
        assert PINNED.match(entry), entry
        assert "--hash=sha256:" in entry, entry


def test_every_dependency_is_locked_once_and_alike() -> None:
    groups = PROJECT["dependency-groups"]
    run, build, dev, semantic = (locked(name) for name in LOCKS)
    assert {distribution(r) for r in PROJECT["project"]["dependencies"]} <= run.keys()
    assert {distribution(r) for r in groups["build"]} <= build.keys()
    assert {distribution(r) for r in groups["dev"] if isinstance(r, str)} <= dev.keys()
    assert run.items() <= dev.items()
    assert build.items() <= dev.items()
    assert {
        distribution(r) for r in PROJECT["project"]["optional-dependencies"]["semantic"]
    } <= semantic.keys()
    assert run.items() <= semantic.items()


# --- the wheel, by itself ---


def run(*args: str | Path, **options: object) -> str:
    """Run a program and return what it printed; a failure shows all it said."""
    done = subprocess.run(
        [str(a) for a in args],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=300,
        **options,  # type: ignore[call-overload]
    )
    assert done.returncode == 0, f"{args}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return str(done.stdout)


def build(source: Path, folder: Path) -> Path:
    """The wheel of a checkout or of an unpacked sdist."""
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, source)
    (wheel,) = folder.glob("whatif-*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built once."""
    return build(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.mark.slow
def test_the_wheel_holds_the_words_and_the_ways(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    checkout = {p.relative_to(ROOT).as_posix() for top in ("bot", "dialogs") for p in (ROOT / top).rglob("*")}
    data = {name for name in checkout if name.endswith((".py", ".toml"))}
    words = {f"dialogs/{p.relative_to(ROOT).as_posix()}" for p in (ROOT / "templates").rglob("*.j2")}
    assert {"dialogs/templates/en/decide/welcome.j2", "dialogs/flows/decide.toml"} <= names
    assert data | words <= names
    assert not [name for name in names if name.startswith(("tests/", "templates/"))]


@pytest.mark.slow
def test_the_wheel_of_the_sdist_is_the_same(wheel: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path, cwd=ROOT)
    (sdist,) = tmp_path.glob("whatif-*.tar.gz")
    again = build(sdist, tmp_path / "wheel")
    assert set(zipfile.ZipFile(again).namelist()) == set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.slow
def test_the_wheel_talks_from_another_folder_with_an_empty_home(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    programs = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin")
    pip = (programs / "python", "-m", "pip", "--disable-pip-version-check")
    run(*pip, "install", "-q", "--require-hashes", "-r", ROOT / "requirements.txt")
    run(*pip, "install", "-q", "--no-deps", wheel)
    run(*pip, "check")  # the wheel's own ranges are met by what is locked

    elsewhere, home = tmp_path / "elsewhere", tmp_path / "home"
    elsewhere.mkdir()
    home.mkdir()
    # Nothing of this environment comes along: no PYTHONPATH, no locale, no data folder.
    bare = {"HOME": str(home), "PATH": os.defpath}
    assert "chat" in run(programs / "whatif", "--help", cwd=elsewhere, env=bare)
    said = run(programs / "whatif", "chat", "--fresh", input="skip\n", cwd=elsewhere, env=bare)
    assert "[decide/hesitations]" in said.splitlines()
    assert list(elsewhere.iterdir()) == []
