"""What is kept, held against the tables; what is counted; and that none of it is told to anybody."""

from __future__ import annotations

import json
import logging
from contextlib import AsyncExitStack

import pytest

from bot.logs import Private
from bot.metrics import Metrics
from bot.store import Database, tables
from bot.store.tables import metadata
from bot.turn import Turns
from bot.wire import message_in, message_out
from dialogs.content import FLOWS
from dialogs.events import Chose, Command, Event, Message, Said, Started
from dialogs.kept import load_kept
from tests.bot.played import DIALOG, Phone, dispatcher_of, idle, rows

ME = "tg:4711:9876543210"
GO = ("the mirabelle bank", "cooled_off", "none", "no", "no", "yes", "yes")


def test_every_column_of_every_table_is_named_and_no_other() -> None:
    every = metadata.sorted_tables
    columns = {f"{table.name}.{column.name}" for table in every for column in table.c}
    assert set(load_kept(FLOWS / "decide.kept.toml").columns) == columns


def test_what_is_counted_is_no_part_of_what_is_stored() -> None:
    counted = Message("decide/useful", "Thanks.", counts="yes")
    assert "counts" not in message_out(counted)
    assert message_out(counted) == message_out(Message("decide/useful", "Thanks."))
    assert message_in(message_out(counted)).counts is None


def useful(metrics: Metrics) -> dict[str, float]:
    """What was counted so far, by answer."""
    lines = metrics.text(None).decode().splitlines()
    found = [line for line in lines if line.startswith("whatif_useful_total{")]
    return {line.split('"')[1]: float(line.rpartition(" ")[2]) for line in found}


async def test_whether_it_was_of_use_is_counted_once_and_kept_nowhere(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    metrics, phone = Metrics(), Phone()
    dispatcher = dispatcher_of(database)
    turns = Turns(DIALOG, dispatcher, {"tg": phone}, metrics)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(dispatcher.stop, 60)
        await turns.start()
        await turns.accept(ME, "0", Started())
        for number, line in enumerate([*GO, "going"], 1):
            await turns.accept(ME, str(number), Said(line))
        await idle(database)
        assert useful(metrics) == {"yes": 0, "no": 0}
        token = next(each.token for each in phone.got[ME][-1].controls if each.option == "not_useful")
        before = await dispatcher.transact(lambda on: on.state(ME))
        for event in ("a", "a", "b", "c"):
            await turns.accept(ME, event, Chose(token))
        await turns.accept(ME, "d", Said("it was useful"))
        await idle(database)
        assert useful(metrics) == {"yes": 0, "no": 1}
        after = await dispatcher.transact(lambda on: on.state(ME))
        events = await rows(database, tables.event)
    # What is stored differs by how much was asked, and by nothing else.
    assert before
    assert after
    was, now = json.loads(before[0]), json.loads(after[0])
    assert {**was, "asked": now["asked"]} == now
    assert all(not event["body"] for event in events)


async def test_nothing_of_ones_own_is_logged(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    phone, dispatcher = Phone(), dispatcher_of(database)
    turns = Turns(DIALOG, dispatcher, {"tg": phone})
    async with AsyncExitStack() as stack:
        stack.push_async_callback(dispatcher.stop, 60)
        await turns.start()
        lines: list[Event] = [
            Started(),
            *map(Said, GO),
            Said("declining"),
            Said("it was useful"),
            Command("export"),
        ]
        lines += [Command("settings"), Said("time zone"), Said("Dublin"), Command("privacy")]
        lines += [Command("forget"), Said("quetsche"), Said("Erase everything"), Said("the mirabelle bank")]
        for number, event in enumerate(lines):
            await turns.accept(ME, str(number), event)
        await idle(database)
    states = phone.states(ME)
    assert {"export", "settings", "privacy", "forget", "useful"} <= set(states)
    assert states[-2:] == ["welcome", "interview"]
    files = next(message.attachments for message in phone.got[ME] if message.attachments)
    assert [file.name for file in files] == ["whatif-export.json", "whatif-export.md"]
    told = "\n".join(map(Private("").format, caplog.records))
    for word in ("mirabelle", "quetsche", "Dublin", "declin", "9876543210", "whatif-export"):
        assert word not in told
