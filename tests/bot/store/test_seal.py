"""Keys: what one seals, it opens again, and nobody else does."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import update

from bot.store import Database, Keys, UnopenedError, keys_of, open_database, tables
from bot.store.reseal import BATCH, census, reseal
from bot.store.seal import MARK, PREFIX
from tests.bot.played import UNHURRIED, rows, run

ME, YOU = "tg:bot:1", "tg:bot:2"


@pytest.mark.parametrize(
    "text", ["{}", "mirabelle", "ñ\u2028🙂", "half \ud83d", "damaged \udcff{", "x" * 9999]
)
def test_what_is_sealed_is_opened_by_the_same_key_and_reads_like_nothing(text: str) -> None:
    keys = Keys("a key")
    sealed = keys.seal(ME, text)
    assert sealed.isascii()
    assert text not in sealed
    assert sealed != keys.seal(ME, text)
    assert Keys(" a key ,another").open(ME, sealed) == text


def test_nothing_stays_nothing_and_the_clear_is_read_as_it_is() -> None:
    keys = Keys("a key")
    assert keys.seal(ME, "") == keys.open(ME, "") == ""
    assert keys.open(ME, '{"version":1}') == '{"version":1}'


def test_keys_are_changed_one_after_the_other() -> None:
    old, both, new = Keys("old"), Keys("new, old,"), Keys("new")
    sealed = old.seal(ME, "said")
    assert both.open(ME, sealed) == "said"
    assert new.open(ME, both.seal(ME, "said")) == "said"
    with pytest.raises(UnopenedError, match="SECRET_KEY") as error:
        new.open(ME, sealed)
    assert ME not in str(error.value)
    assert [keys.knows(sealed[:PREFIX]) for keys in (old, both, new)] == [True, True, False]
    assert new.knows("{")


@pytest.mark.parametrize("wrong", ["", ",", " , "])
def test_without_a_key_nothing_is_kept(wrong: str) -> None:
    with pytest.raises(ValueError, match="SECRET_KEY"):
        Keys(wrong)


def test_a_process_without_a_key_has_one_of_its_own() -> None:
    assert keys_of("").open(ME, keys_of("").seal(ME, "said")) == "said"
    with pytest.raises(UnopenedError):
        keys_of("a key").open(ME, keys_of("").seal(ME, "said"))


def test_what_was_moved_or_damaged_isnt_opened() -> None:
    keys = Keys("a key")
    sealed = keys.seal(ME, "said")
    other = "B" if sealed[-6] == "A" else "A"
    for whose, text in (
        (YOU, sealed),
        (ME, sealed[:-6] + other + sealed[-5:]),
        (ME, sealed[:-4]),
        (ME, sealed[:PREFIX]),
        (ME, sealed + "\udcff"),
    ):
        with pytest.raises(UnopenedError, match="damaged") as error:
            keys.open(whose, text)
        assert "said" not in str(error.value)
        assert ME not in str(error.value)


async def test_a_row_moved_to_another_conversation_isnt_opened(database: Database) -> None:
    await database.run(lambda on: on.write(ME, "said"))
    await run(database, update(tables.conversation).values(id=YOU))
    with pytest.raises(UnopenedError):
        await database.run(lambda on: on.state(YOU))


async def test_what_is_set_aside_is_opened_there(url: str) -> None:
    database = open_database(url, Keys("a key"))
    try:
        await database.run(lambda on: on.write(ME, "said"))
        aside, _ = await database.run(lambda on: on.set_aside(ME))
        assert (await database.run(lambda on: on.state(aside)))[0] == ("said", 1)
        # One that expired leaves its number free, and a later one doesn't take another's.
        await database.run(lambda on: on.write(ME, "said"))
        assert (await database.run(lambda on: on.set_aside(ME)))[0] == f"{ME}!2"
        await run(database, tables.conversation.delete().where(tables.conversation.c.id == aside))
        await database.run(lambda on: on.write(ME, "said"))
        assert (await database.run(lambda on: on.set_aside(ME)))[0] == f"{ME}!3"
    finally:
        await database.close()


async def stored(database: Database) -> None:
    """A conversation with something in every place that is sealed."""
    await database.run(lambda on: on.accept(ME, "1", "an event", 1.0))
    kept, _ = await database.run(lambda on: on.load(ME, 2.0))
    assert kept
    await database.run(lambda on: on.save(ME, kept, "a session", ["a message", "another"]))
    first, _ = await database.run(lambda on: on.claim(ME, UNHURRIED, 2.0))
    assert first
    await database.run(lambda on: on.sent(ME, first.pos, "a question"))
    await database.run(lambda on: on.accept(ME, "2", "another event", 1.0))


async def read(database: Database) -> list[str]:
    """What is kept, as it was said."""
    return [
        *[row[name] for row in await rows(database, tables.conversation) for name in ("state", "shown")],
        *[row["body"] for row in await rows(database, tables.event)],
        *[row["payload"] for row in await rows(database, tables.message)],
    ]


SAID = ["a session", "a question", "", "another event", "another"]


async def test_all_is_sealed_anew_with_the_first_key_also_what_was_in_the_clear(url: str) -> None:
    old, new = open_database(url, Keys("old")), open_database(url, Keys("new,old"))
    last = open_database(url, Keys("new"))
    clear = '{"of":"an earlier version"}'
    try:
        await stored(old)
        for number in range(BATCH + 1):
            await run(
                old, tables.conversation.insert().values(id=f"tg:bot:x{number}", state=clear, version=1)
            )
        assert (await new.run(lambda on: census(on.keys, on.connection.execute)))[0].other == BATCH + 5
        done = await reseal(new)
        assert (done.sealed, done.unopened) == (BATCH + 5, 0)
        assert (await reseal(new)).sealed == 0
        assert set(await read(last)) == {*SAID, clear}
        seen, _ = await last.run(lambda on: census(on.keys, on.connection.execute))
        assert (seen.first, seen.other, seen.unknown) == (BATCH + 5, 0, 0)
    finally:
        for database in (old, new, last):
            await database.close()


async def test_what_no_key_opens_is_counted_and_left_as_it_is(url: str) -> None:
    old, new = open_database(url, Keys("old")), open_database(url, Keys("new"))
    try:
        await stored(old)
        done = await reseal(new)
        assert (done.sealed, done.unopened) == (0, 4)
        assert (await new.run(lambda on: census(on.keys, on.connection.execute)))[0].unknown == 4
        assert await read(old) == SAID
    finally:
        await old.close()
        await new.close()


async def test_tokens_of_workspaces_are_sealed_anew_as_well(url: str) -> None:
    old, new = open_database(url, Keys("old")), open_database(url, Keys("new,old"))
    bot = {"id": 1, "client_id": "1", "app_id": "A", "is_enterprise_install": False}
    token = Keys("old").seal(tables.TOKENS, "xoxb-1")

    # The library's column has no zone.
    since = datetime(2026, 1, 1)  # noqa: DTZ001

    try:
        await run(old, tables.slack_bot.insert().values(**bot, bot_token=token, installed_at=since))
        assert (await reseal(new)).sealed == 1
        found, _ = await new.run(
            lambda on: on.connection.execute(tables.slack_bot.select()).mappings().one()["bot_token"]
        )
        assert found.startswith(MARK)
        assert Keys("new").open(tables.TOKENS, found) == "xoxb-1"
    finally:
        await old.close()
        await new.close()
