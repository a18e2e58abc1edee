"""What a transaction promises, on both kinds of databases."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest
from sqlalchemy import insert, update

from bot.pace import Pace
from bot.store import Claim, Database, Kept, Transaction, Wake, open_database, tables
from bot.store.transaction import WAIT_HERE, WAIT_MOST
from dialogs.session import Reminder
from tests.bot.played import UNHURRIED, rows, run

T = TypeVar("T")

ME, YOU = "tg:bot:1", "tg:bot:2"


async def done(database: Database, work: Callable[[Transaction], T]) -> T:
    """Does a piece of work; what it woke doesn't matter here."""
    return (await database.run(work))[0]


async def accept(database: Database, *ids: str, to: str = ME) -> None:
    """Accepts events, each with its id as its body."""
    for each in ids:
        await database.run(lambda on, each=each: on.accept(to, each, each, time.time()))  # type: ignore[misc]


async def load(database: Database, conversation: str = ME) -> Kept | None:
    return await done(database, lambda on: on.load(conversation, time.time()))


async def turned(database: Database, *payloads: str, to: str = ME) -> None:
    """A turn that sends messages."""
    await accept(database, f"{time.time_ns()}", to=to)
    kept = await load(database, to)
    assert kept
    assert await done(database, lambda on: on.save(to, kept, "{}", payloads))


async def claim(database: Database, conversation: str = ME, pace: Pace = UNHURRIED) -> Claim | None:
    return await done(database, lambda on: on.claim(conversation, pace, time.time()))


async def sent(database: Database, claim: Claim, shown: str | None = None, to: str = ME) -> None:
    await database.run(lambda on: on.sent(to, claim.pos, shown))


# --- accept ---


async def test_the_same_event_twice_is_one_event(database: Database) -> None:
    first, woken = await database.run(lambda on: on.accept(ME, "1", "first", 5.0))
    again, silent = await database.run(lambda on: on.accept(ME, "1", "again", 6.0))
    assert (first, again) == (True, False)
    assert (woken, silent) == ([Wake("turn", ME)], [])
    (row,) = await rows(database, tables.event)
    assert (row["body"], row["accepted"]) == ("first", 5.0)


async def test_an_event_is_known_again_when_it_is_done(database: Database) -> None:
    await accept(database, "1")
    kept = await load(database)
    assert kept
    await database.run(lambda on: on.save(ME, kept, "{}", []))
    assert not await done(database, lambda on: on.accept(ME, "1", "again", 1.0))
    assert await load(database) is None


async def test_another_conversation_may_use_the_same_id(database: Database) -> None:
    await accept(database, "1")
    await accept(database, "1", to=YOU)
    assert len(await rows(database, tables.event)) == 2


async def test_events_are_taken_in_the_order_they_came(database: Database) -> None:
    await accept(database, "9", "10", "a", "1")
    seen = []
    while kept := await load(database):
        seen.append(kept.body)
        await database.run(lambda on, kept=kept: on.save(ME, kept, "{}", []))  # type: ignore[misc]
    assert seen == ["9", "10", "a", "1"]


async def test_many_accepted_at_once_are_all_there_once(url: str, database: Database) -> None:
    other = open_database(url)
    ids = [str(number) for number in range(60)] * 2
    try:
        new = await asyncio.gather(
            *(
                done((database, other)[n % 2], lambda on, each=each: on.accept(ME, each, "", 1.0))  # type: ignore[misc]
                for n, each in enumerate([*ids, *reversed(ids)])
            )
        )
    finally:
        await other.close()
    assert sum(new) == 60
    assert {row["id"] for row in await rows(database, tables.event)} == set(ids)


async def test_what_is_due_later_is_not_seen_before(database: Database) -> None:
    now = time.time()
    _, woken = await database.run(lambda on: on.accept(ME, "later", "", now, now + 3600))
    assert woken == [Wake("timer", ME, now + 3600)]
    assert await load(database) is None
    assert await done(database, lambda on: on.waiting(["tg"], time.time())) == []
    await run(database, update(tables.event).values(due=time.time() - 1))
    kept = await load(database)
    assert kept
    assert kept.event == "later"
    assert await done(database, lambda on: on.waiting(["tg"], time.time())) == [Wake("turn", ME)]


# --- save ---


async def test_of_two_who_load_the_same_event_one_saves(url: str, database: Database) -> None:
    await accept(database, "1")
    other = open_database(url)
    try:
        mine, yours = await load(database), await load(other)
        assert mine
        assert mine == yours
        assert await done(database, lambda on: on.save(ME, mine, "mine", ["a"]))
        late, woken = await other.run(lambda on: on.save(ME, mine, "yours", ["b", "c"]))
    finally:
        await other.close()
    assert (late, woken) == (False, [])
    (kept,) = await rows(database, tables.conversation)
    assert (kept["state"], kept["version"]) == ("mine", 1)
    assert [row["payload"] for row in await rows(database, tables.message)] == ["a"]


async def test_who_comes_second_to_a_conversation_that_goes_on_stores_nothing(database: Database) -> None:
    await accept(database, "1", "2")
    first = await load(database)
    assert first
    assert await done(database, lambda on: on.save(ME, first, "one", []))
    second = await load(database)
    assert second
    assert (second.state, second.version, second.event) == ("one", 1, "2")
    stale = replace(second, version=0)
    assert not await done(database, lambda on: on.save(ME, stale, "stale", ["x"]))
    assert await load(database) == second
    assert await rows(database, tables.message) == []


async def test_an_event_that_is_done_keeps_its_id_and_not_its_words(database: Database) -> None:
    await accept(database, "said")
    kept = await load(database)
    assert kept
    await database.run(lambda on: on.save(ME, kept, "{}", []))
    (row,) = await rows(database, tables.event)
    assert (row["id"], row["body"], row["done"]) == ("said", "", True)


async def test_messages_are_sent_in_the_order_they_were_said(database: Database) -> None:
    payloads = [str(number) for number in range(12)]
    await turned(database, *payloads[:9])
    await turned(database, *payloads[9:])
    seen = []
    while found := await claim(database):
        seen.append(found.payload)
        await sent(database, found)
    assert seen == payloads


# --- claim, sent, later, drop ---


async def test_what_was_claimed_and_not_sent_is_claimed_again_and_counted(database: Database) -> None:
    await turned(database, "a", "b")
    first, again = await claim(database), await claim(database)
    assert first
    assert again
    assert (first.payload, first.tries, again.payload, again.tries) == ("a", 1, "a", 2)
    await sent(database, again)
    after = await claim(database)
    assert after
    assert (after.payload, after.tries) == ("b", 1)


async def test_what_the_platform_calls_the_buttons_is_remembered(database: Database) -> None:
    await turned(database, "a", "b", "c")
    for shown_before, shown in (("", "m1"), ("m1", None), ("m1", "m3")):
        found = await claim(database)
        assert found
        assert found.shown == shown_before
        await sent(database, found, shown)
    await turned(database, "d")
    assert (await claim(database) or Claim(0, "", 0, 0, "")).shown == "m3"


async def test_what_is_put_off_holds_back_its_own_conversation_only(database: Database) -> None:
    await turned(database, "a", "b")
    await turned(database, "c", to=YOU)
    found = await claim(database)
    assert found
    _, woken = await database.run(lambda on: on.later(ME, found.pos, 300, time.time()))
    assert [(wake.lane, wake.conversation) for wake in woken] == [("out", ME)]
    assert woken[0].at > time.time() + 200
    held = await claim(database)
    assert held
    assert held.payload == "a"
    assert 200 < held.wait <= 300
    free = await claim(database, YOU)
    assert free
    assert (free.payload, free.wait) == ("c", 0.0)


async def test_nobody_is_asked_to_wait_for_hours(database: Database) -> None:
    await turned(database, "a")
    found = await claim(database)
    assert found
    _, (wake,) = await database.run(lambda on: on.later(ME, found.pos, 86_400, time.time()))
    assert wake.at <= time.time() + WAIT_MOST


async def test_a_clock_that_jumped_back_an_hour_holds_nothing_up(database: Database) -> None:
    await turned(database, "a")
    ahead = time.time() + 3600
    pace = Pace(chat=1, bot=1)

    await run(database, update(tables.message).values(not_before=ahead))
    for key in (ME, pace.budget(ME)):
        await run(database, insert(tables.budget).values(key=key, tat=ahead))
    assert await done(database, lambda on: on.waiting(["tg"], time.time())) == [Wake("out", ME)]
    first = await claim(database, pace=pace)
    assert first
    assert first.wait == 0.0
    await sent(database, first)
    await turned(database, "b")
    second = await claim(database, pace=pace)
    assert second
    assert (second.payload, second.wait) == ("b", 0.0)


async def test_what_is_dropped_is_never_sent(database: Database) -> None:
    await turned(database, "a", "b")
    await turned(database, "c", to=YOU)
    await database.run(lambda on: on.drop(ME))
    assert await claim(database) is None
    assert await claim(database, YOU)


async def test_nothing_is_claimed_where_nothing_waits(database: Database) -> None:
    assert await claim(database) is None


# --- the budget ---


async def waits(database: Database, conversation: str, times: int, pace: Pace) -> list[float]:
    """How long each of so many messages has to wait, sent one after the other."""
    await turned(database, *map(str, range(times)), to=conversation)
    found = []
    for _ in range(times):
        this = await claim(database, conversation, pace)
        assert this
        found.append(this.wait)
        await sent(database, this, to=conversation)
    return found


async def test_a_conversation_may_burst_and_is_paced_then(database: Database) -> None:
    pace = Pace(chat=100, chat_burst=3, bot=0)
    *burst, fourth, fifth = await waits(database, ME, 5, pace)
    assert burst == [0.0, 0.0, 0.0]
    assert 50 < fourth <= 100
    assert 150 < fifth <= 200
    assert await waits(database, YOU, 1, pace) == [0.0]


async def test_all_conversations_of_a_bot_share_its_pace(url: str, database: Database) -> None:
    pace = Pace(chat=0, bot=100, bot_burst=2)
    other = open_database(url)
    try:
        assert await waits(database, ME, 1, pace) == [0.0]
        assert await waits(other, YOU, 1, pace) == [0.0]
        (third,) = await waits(other, "tg:bot:3", 1, pace)
        (fourth,) = await waits(database, ME, 1, pace)
        assert 50 < third <= 100
        assert 150 < fourth <= 200
        assert await waits(database, "tg:another:1", 1, pace) == [0.0]
    finally:
        await other.close()


async def test_a_slot_is_taken_once_for_a_message(database: Database) -> None:
    pace = Pace(chat=100, chat_burst=1, bot=0)
    await turned(database, "a", "b")
    first = await claim(database, pace=pace)
    assert first
    await sent(database, first)
    held = [await claim(database, pace=pace) for _ in range(3)]
    assert all(each and 50 < each.wait <= 100 and each.tries == 0 for each in held)
    # Those behind wait for one slot more, not for three.
    (row,) = await rows(database, tables.budget)
    assert row["tat"] < time.time() + 200


async def test_who_waits_long_is_woken_for_it_and_who_waits_shortly_stays(database: Database) -> None:
    await turned(database, "a", "b")
    await waits(database, ME, 0, UNHURRIED)
    first = await claim(database, pace=Pace(chat=100, chat_burst=1, bot=0))
    assert first
    await sent(database, first)
    pace = Pace(chat=100, chat_burst=1, bot=0)
    held, woken = await database.run(lambda on: on.claim(ME, pace, time.time()))
    assert held
    assert held.wait > WAIT_HERE
    assert [(wake.lane, wake.conversation) for wake in woken] == [("out", ME)]
    assert time.time() < woken[0].at <= time.time() + 100
    await database.run(lambda on: on.later(ME, held.pos, WAIT_HERE / 2, time.time()))
    _, woken = await database.run(lambda on: on.claim(ME, pace, time.time()))
    assert woken == []


# --- reminders ---


def wish(on: Transaction, *reminders: Reminder) -> None:
    on.remind(ME, [(each, f"due {each.name}") for each in reminders], time.time())


async def timers(database: Database) -> list[tuple[str, float]]:
    return [(row["body"], row["due"]) for row in await rows(database, tables.event, done=False)]


async def test_timers_are_those_that_are_wanted(database: Database) -> None:
    at = time.time() + 3600
    one, two = Reminder("one", at), Reminder("two", at + 60)
    _, woken = await database.run(lambda on: wish(on, one, two))
    assert woken == [Wake("timer", ME, at), Wake("timer", ME, at + 60)]
    assert await timers(database) == [("due one", at), ("due two", at + 60)]
    _, woken = await database.run(lambda on: wish(on, one, two))
    assert woken == []
    assert len(await timers(database)) == 2
    moved = Reminder("one", at + 7)
    _, woken = await database.run(lambda on: wish(on, moved))
    assert woken == [Wake("timer", ME, at + 7)]
    assert await timers(database) == [("due one", at + 7)]
    await database.run(lambda on: wish(on))
    assert await timers(database) == []


async def test_what_was_said_is_no_timer_and_stays(database: Database) -> None:
    await accept(database, "said")
    await accept(database, "said", to=YOU)
    await database.run(lambda on: wish(on, Reminder("one", time.time() + 9)))
    await database.run(lambda on: wish(on))
    assert [body for body, _ in await timers(database)] == ["said", "said"]


async def test_a_reminder_that_came_doesnt_come_again(database: Database) -> None:
    past = Reminder("one", time.time() - 60)
    await database.run(lambda on: wish(on, past))
    kept = await load(database)
    assert kept
    await database.run(lambda on: on.save(ME, kept, "{}", []))
    _, woken = await database.run(lambda on: wish(on, past))
    assert woken == []
    assert await load(database) is None


async def test_looking_wakes_for_what_is_due_first(database: Database) -> None:
    async def look() -> list[Wake]:
        return (await database.run(lambda on: on.look(ME, time.time())))[1]

    assert await look() == []
    at = time.time() + 3600
    await database.run(lambda on: wish(on, Reminder("b", at + 60), Reminder("a", at)))
    assert await look() == [Wake("timer", ME, at)]
    await database.run(lambda on: wish(on, Reminder("b", at + 60), Reminder("c", time.time() - 60)))
    assert await look() == [Wake("turn", ME)]


# --- what waits, and what is forgotten ---


async def test_a_process_finds_what_waits_for_its_platforms_and_nothing_else(database: Database) -> None:
    for conversation in ("tg:bot:1", "tgx:bot:1", "slack:team:1", "term:me"):
        await turned(database, "a", to=conversation)
        await accept(database, "next", to=conversation)
    waiting = await done(database, lambda on: on.waiting(["tg", "slack"], time.time()))
    assert sorted((wake.lane, wake.conversation) for wake in waiting) == [
        ("out", "slack:team:1"),
        ("out", "tg:bot:1"),
        ("turn", "slack:team:1"),
        ("turn", "tg:bot:1"),
    ]


async def test_the_depth_counts_what_can_be_done(database: Database) -> None:
    await turned(database, "a", "b")
    await accept(database, "1", "2", "3")
    await database.run(lambda on: wish(on, Reminder("one", time.time() + 60)))
    depth = await done(database, lambda on: on.depth(time.time()))
    assert (depth.events, depth.messages) == (3, 2)


async def test_only_what_is_done_is_forgotten(database: Database) -> None:
    await turned(database)
    await accept(database, "waits")
    assert await done(database, lambda on: on.purge(time.time() - 60, time.time())) == 0
    assert await done(database, lambda on: on.purge(time.time() + 60, time.time())) == 1
    assert [row["id"] for row in await rows(database, tables.event)] == ["waits"]


# --- a conversation set aside, or written over ---


async def test_what_is_set_aside_stays_as_it_is(database: Database) -> None:
    for number, state in enumerate(("first", "second"), 1):
        await database.run(lambda on, state=state: on.write(ME, state))  # type: ignore[misc]
        aside = await done(database, lambda on: on.set_aside(ME))
        assert aside == f"{ME}!{number}"
        assert await done(database, lambda on: on.state(ME)) is None
        assert await done(database, lambda on, aside=aside: on.state(aside)) == (state, 1)  # type: ignore[misc]


async def test_one_person_cant_set_aside_for_another(database: Database) -> None:
    for conversation in ("term:a%", "term:ab"):
        await database.run(lambda on, each=conversation: on.write(each, each))  # type: ignore[misc]
    await database.run(lambda on: on.set_aside("term:a%"))
    assert await done(database, lambda on: on.state("term:ab")) == ("term:ab", 1)


async def test_a_conversation_begun_anew_after_one_set_aside_goes_on(database: Database) -> None:
    await turned(database, "unsent", "unsent too")
    await database.run(lambda on: on.set_aside(ME))
    await turned(database, "new")
    found = await claim(database)
    assert found
    assert found.payload == "new"


async def test_writing_over_a_conversation_leaves_nothing_to_be_sent(database: Database) -> None:
    await turned(database, "old")
    await database.run(lambda on: on.write(ME, "fresh"))
    assert await done(database, lambda on: on.state(ME)) == ("fresh", 2)
    assert await claim(database) is None


async def test_work_that_fails_leaves_nothing(database: Database) -> None:
    def fails(on: Transaction) -> None:
        on.accept(ME, "1", "", 1.0)
        raise LookupError("of its own")

    with pytest.raises(LookupError, match="of its own"):
        await database.run(fails)
    assert await rows(database, tables.event) == []
