"""`whatif run` as an operator meets it: a process with its log and its pages, and a platform on loopback.

``python -m tests.bot.running`` runs what `whatif run` does with that platform; its messages go to the file
that ``LOOPBACK_OUT`` names, each after ``LOOPBACK_SLOW`` seconds, paced by ``LOOPBACK_PACE``.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from aiohttp import web

from bot import logs, settings
from bot.metrics import Metrics
from bot.pace import Pace
from bot.serve import Accept, Adapter, serve
from bot.settings import Settings
from bot.turn import Turns
from dialogs.content import load
from dialogs.events import Message, Said
from tests.bot.played import DIALOG, PATIENCE, UNHURRIED, Phone


class Loopback(Phone):
    """A phone that is also spoken from, by POST to ``/tg``: a conversation, an event's id and a text."""

    platform = "tg"

    def routes(self, accept: Accept) -> Iterable[web.RouteDef]:
        async def said(request: web.Request) -> web.Response:
            conversation, event, text = await request.json()
            if text == "!":
                raise ValueError(conversation)
            return web.json_response(await accept(conversation, event, Said(text)))

        return [web.post("/tg", said)]

    async def run(self, accept: Accept) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        pass


class Written(Loopback):
    """One whose messages are written to a file."""

    def __init__(self, out: Path, slow: float, pace: Pace) -> None:
        super().__init__(pace)
        self.out, self.slow = out, slow

    async def send(self, conversation: str, message: Message, shown: str) -> str | None:
        with self.out.open("a") as file:
            print("trying", file=file)
        await asyncio.sleep(self.slow)
        with self.out.open("a") as file:
            print(conversation, message.state, file=file)
        return None


def ask(url: str, body: object = None) -> tuple[int, str]:
    """Asks a page; posts where there is a body. Returns its status and text. Raises OSError."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"} if data else {})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


class Pages:
    """The pages of a program in this process, asked without holding it up."""

    def __init__(self, url: str, log: io.StringIO, metrics: Metrics, stop: asyncio.Event) -> None:
        self.url, self.metrics, self.stop = url, metrics, stop
        self._log = log

    async def ask(self, page: str, body: object = None) -> tuple[int, str]:
        return await asyncio.to_thread(ask, self.url + page, body)

    async def say(self, conversation: str, event: str, text: str) -> tuple[int, str]:
        return await self.ask("/tg", [conversation, event, text])

    async def until(self, page: str, holds: Callable[[int, str], bool]) -> str:
        """Asks until an answer is as it should be; returns it."""
        end = time.monotonic() + PATIENCE
        while not holds(*(answer := await self.ask(page))):
            assert time.monotonic() < end, f"never came: {answer}"
            await asyncio.sleep(0.1)
        return answer[1]

    @property
    def log(self) -> str:
        return self._log.getvalue()

    @property
    def lines(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.log.splitlines()]


@contextmanager
def logging_to(stream: io.StringIO, key: str = "key", level: str = "DEBUG") -> Iterator[None]:
    """The log as the program has it, until all is as it was."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, sys.excepthook, threading.excepthook, sys.unraisablehook
    logs.set_up(level, key, stream)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.handlers[:], level_before, sys.excepthook, threading.excepthook, sys.unraisablehook = before
        root.setLevel(level_before)
        for ours in ("bot", "dialogs"):
            logging.getLogger(ours).setLevel(logging.NOTSET)


@asynccontextmanager
async def running(
    url: str, *adapters: Adapter, key: str = "key", level: str = "DEBUG", wire: Callable[..., Turns] = Turns
) -> AsyncIterator[Pages]:
    """The program in this process, on a port of its own, until it is told to stop."""
    stream, metrics, stop = io.StringIO(), Metrics(), asyncio.Event()
    with logging_to(stream, key, level):
        told = Settings(url, port=0, secret=key, log_level=level)
        loop = asyncio.get_running_loop()
        program = asyncio.create_task(serve(told, DIALOG, adapters, metrics, wire, stop))
        try:
            while '"running ' not in stream.getvalue():
                if program.done():
                    await program
                await asyncio.sleep(0.01)
            here = stream.getvalue().partition("http://")[2].partition('"')[0]
            yield Pages(f"http://{here}", stream, metrics, stop)
        finally:
            stop.set()
            await program
            loop.set_exception_handler(None)


class Process:
    """A command under way, and its log."""

    def __init__(self, command: list[str], env: dict[str, str], log: Path) -> None:
        self._log = log
        with log.open("wb") as file:
            self.popen = subprocess.Popen([sys.executable, "-m", *command], env=env, stderr=file)

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def url(self) -> str:
        """Where its pages are, once they are."""
        self.until(lambda: '"running ' in self.log)
        return f"http://{self.log.partition('http://')[2].partition(chr(34))[0]}"

    def ask(self, page: str, body: object = None) -> tuple[int, str]:
        return ask(self.url + page, body)

    def until(self, holds: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, self.log
            time.sleep(0.05)

    def ended(self) -> int:
        return self.popen.wait(timeout=PATIENCE)


Started = Callable[..., Process]


def main() -> None:
    """What `whatif run` does, with the platform on loopback."""
    read = settings.read()
    logs.set_up(read.log_level, read.secret)
    every = float(os.environ.get("LOOPBACK_PACE", "0"))
    pace = Pace(chat=every, chat_burst=1, bot=0) if every else UNHURRIED
    phone = Written(Path(os.environ["LOOPBACK_OUT"]), float(os.environ.get("LOOPBACK_SLOW", "0")), pace)
    asyncio.run(serve(read, load(), [phone], Metrics()))


if __name__ == "__main__":
    main()
