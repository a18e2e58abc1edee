"""The log: a line of JSON each, a conversation's keyed hash, and never its id or its words."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import subprocess
import sys
import threading
import warnings

import pytest

from bot import logs
from bot.turn import Turns
from dialogs.events import Message
from tests.bot.played import until
from tests.bot.running import Loopback, logging_to, running

ID = "tg:4711:9876543210"
WORDS = "mirabelle"
FIELDS = {"time", "level", "logger", "message", "conversation", "error"}


def lines(stream: io.StringIO) -> list[dict[str, str]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def only(stream: io.StringIO) -> dict[str, str]:
    (line,) = lines(stream)
    return line


def clean(text: str) -> bool:
    return ID not in text and "9876543210" not in text and WORDS not in text


def test_a_conversations_hash_is_the_same_under_one_key_and_another_under_another() -> None:
    first, second, other = logs.Private("key"), logs.Private("key"), logs.Private("other")
    assert first.hashed(ID) == second.hashed(ID) != other.hashed(ID)
    assert first.hashed(ID) != first.hashed(f"{ID}0")
    assert len(first.hashed(ID)) == 12
    # Without a key nobody else has, an id could be found by trying them all.
    assert logs.Private("").hashed(ID) != logs.Private("").hashed(ID)
    # Keys that are only there to open what was sealed before change nothing.
    assert logs.Private("one, two").hashed(ID) == logs.Private("one").hashed(ID)


def test_a_line_is_json_with_the_hash_in_the_place_of_every_id() -> None:
    stream = io.StringIO()
    with logging_to(stream):
        logging.getLogger("bot.turn").info('said "%s" of %s', "so", "it", extra={"conversation": ID})
        logging.getLogger("library").warning("turn[5](conversation='%s'), lock out:%s", ID, ID)
    ours, theirs = lines(stream)
    digest = logs.Private("key").hashed(ID)
    assert ours["message"] == 'said "so" of it'
    assert (ours["level"], ours["logger"], ours["conversation"]) == ("INFO", "bot.turn", digest)
    assert ours["time"].endswith("+00:00")
    assert theirs["message"] == f"turn[5](conversation='{digest}'), lock out:{digest}"


def test_what_a_library_attaches_or_an_exception_says_is_left_out() -> None:
    stream = io.StringIO()
    with logging_to(stream):
        try:
            raise ValueError(WORDS)
        except ValueError as error:
            library = logging.getLogger("library")
            library.error("job failed: %s", error)
            library.exception(f"side task failed with exception: {error}, stopping")
            library.error("failed", extra={"job": {"args": WORDS}, "jobs": [ID], "result": WORDS})
            library.error("%d of %s", WORDS, ID)
    assert clean(stream.getvalue())
    first, second, third, fourth = lines(stream)
    assert first["message"] == "job failed: ValueError"
    assert second["message"] == "side task failed with exception: ValueError, stopping"
    assert second["error"].startswith("ValueError at test_logs.py:")
    assert third.keys() <= FIELDS
    assert fourth["message"] == "%d of %s"


async def test_a_task_that_nobody_waits_for_is_logged_without_its_words() -> None:
    async def fails() -> None:
        raise ValueError(WORDS)

    stream = io.StringIO()
    loop = asyncio.get_running_loop()
    with logging_to(stream):
        loop.set_exception_handler(logs.of_loop)
        task = loop.create_task(fails(), name=ID)
        await asyncio.wait([task])
        del task
        await until(lambda: stream.getvalue())
        loop.call_exception_handler({"message": "a transport was left open"})
        loop.set_exception_handler(None)
    assert clean(stream.getvalue())
    failed, open_ = lines(stream)
    assert failed["error"].startswith("ValueError at test_logs.py:")
    assert open_["message"] == "asyncio: a transport was left open"


@pytest.mark.filterwarnings("default")
def test_threads_warnings_and_what_nobody_could_take_go_there_too() -> None:
    def fails() -> None:
        raise ValueError(WORDS)

    class Fails:
        def __del__(self) -> None:
            raise ValueError(WORDS)

    stream = io.StringIO()
    with logging_to(stream):
        thread = threading.Thread(target=fails)
        thread.start()
        thread.join()
        Fails()
        warnings.warn("this is going to go", DeprecationWarning, stacklevel=1)
    assert clean(stream.getvalue())
    told = lines(stream)
    assert [line.get("error", "").partition(":")[0] for line in told] == [
        "ValueError at test_logs.py"
    ] * 2 + [""]
    assert told[-1]["logger"] == "py.warnings"


def test_what_libraries_tell_of_their_work_is_not_heard_whatever_the_level() -> None:
    stream = io.StringIO()
    with logging_to(stream, level="DEBUG"):
        for name in (
            "sqlalchemy.engine.Engine",
            "procrastinate.worker",
            "psycopg",
            "aiohttp.access",
            "asyncio",
        ):
            logging.getLogger(name).info("%s", WORDS)
        logging.getLogger("bot.turn").debug("ours")
    assert only(stream)["message"] == "ours"


def test_a_program_that_ends_by_an_error_says_so_in_its_log(home: dict[str, str]) -> None:
    code = f"from bot import logs\nlogs.set_up('INFO', 'key')\nraise ValueError('{WORDS}')"
    done = subprocess.run([sys.executable, "-c", code], env=home, capture_output=True, text=True)
    assert done.returncode == 1
    assert clean(done.stderr)
    line = json.loads(done.stderr)
    assert (line["level"], line["error"]) == ("CRITICAL", "ValueError at <string>:3")


class Failing(Turns):
    """Turns that fail with what was said."""

    async def deliver(self, conversation: str) -> None:
        await super().deliver(conversation)
        raise RuntimeError(f"{conversation} said {WORDS}")


class Rude(Loopback):
    """A platform whose errors repeat all they know."""

    async def send(self, conversation: str, message: Message, shown: str) -> str | None:
        if self.tries[conversation] in (0, 3):
            self.tries[conversation] += 1
            raise RuntimeError(f"{conversation}: {message.text} {WORDS}")
        return await super().send(conversation, message, shown)


async def test_a_conversation_leaves_no_id_or_word_whatever_fails(url: str) -> None:
    phone = Rude()
    async with running(url, phone, wire=Failing) as pages:
        # Even what Procrastinate tells of its jobs, which is left out otherwise.
        procrastinate = logging.getLogger("procrastinate")
        procrastinate.setLevel(logging.DEBUG)
        try:
            assert (await pages.say(ID, "a", f"hello {WORDS}"))[0] == 200
            assert (await pages.say(ID, "b", f"the {WORDS} bank"))[0] == 200
            await until(lambda: "hesitations" in phone.states(ID))
            assert (await pages.say(ID, "c", f"They pay {WORDS} little"))[0] == 200
            await until(lambda: len(phone.states(ID)) > 4)
            await until(lambda: "is tried again" in pages.log)
        finally:
            procrastinate.setLevel(logging.NOTSET)
        log, told = pages.log, pages.lines
    assert clean(log)
    digest = logs.Private("key").hashed(ID)
    assert digest in log
    assert all(line.keys() <= FIELDS for line in told)
    assert {line["conversation"] for line in told if "conversation" in line} == {digest}
