"""A turn: accepted, stepped, saved and delivered, whatever happens in between."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import update

from bot.store import Database, Kept, StoreError, Transaction, tables
from bot.turn import GoneError, TooFastError, Turns, UnsendableError
from bot.watch import Erasure, Outcome
from bot.wire import event_out
from dialogs.events import Chose, Command, Due, Said, Started, Useful
from dialogs.session import loads
from dialogs.when import local
from tests.bot.played import DIALOG, Clock, Phone, dispatcher_of, idle, process, rows, run, until

ME, YOU = "tg:bot:1", "tg:bot:2"

DAY = 86_400.0

OPENING = ["welcome", "interview", "said", "hesitations"]
"""What somebody is sent who begins, and says which interview it is."""


async def opened(turns: Turns, to: str = ME) -> None:
    """A conversation begun, with one question answered."""
    await turns.accept(to, "1", Started())
    await turns.accept(to, "2", Said("the bank"))


async def kept(turns: Turns, conversation: str = ME) -> str:
    """A conversation's session as JSON."""
    found = await turns.dispatcher.transact(lambda on: on.state(conversation))
    assert found
    return found[0]


def of(turns: Turns) -> Database:
    database: Database = turns.dispatcher.database  # type: ignore[attr-defined]
    return database


# --- a whole conversation ---


async def test_a_whole_conversation(url: str) -> None:
    phone = Phone()
    async with process(url, phone) as turns:
        await opened(turns)
        said = ["salary_too_low", "1,2", "over_a_year", "urgent", "maybe", "yes", "no", "no", "maybe", "yes"]
        for number, text in enumerate([*said, "yes"], 3):
            assert await turns.accept(ME, str(number), Said(text))
        await idle(of(turns))
    assert phone.states(ME)[:4] == OPENING
    assert "verdict" in phone.states(ME)
    assert "unclear" not in phone.states(ME)
    # The platform is told each time which message's buttons stand.
    names = [f"m{n}" for n, message in enumerate(phone.got[ME], 1) if message.choices]
    assert list(dict.fromkeys(phone.shown[ME]))[1:] == names[: len(set(phone.shown[ME])) - 1]
    assert phone.tries[ME] == len(phone.got[ME])


async def test_an_event_that_comes_twice_is_answered_once(url: str) -> None:
    phone = Phone()
    async with process(url, phone) as turns:
        await opened(turns)
        assert not await turns.accept(ME, "2", Said("the bank"))
        await idle(of(turns))
        assert not await turns.accept(ME, "1", Started())
        await idle(of(turns))
    assert phone.states(ME) == OPENING


async def test_conversations_are_kept_apart(url: str) -> None:
    phone = Phone()
    async with process(url, phone) as turns:
        people = [f"tg:bot:{number}" for number in range(20)]
        await asyncio.gather(*(opened(turns, to=each) for each in people))
        await idle(of(turns))
        states = [await kept(turns, each) for each in people]
    assert all(phone.states(each) == OPENING for each in people)
    assert len(set(states)) == 1


async def test_a_conversation_begins_in_the_locale_that_is_asked_for(url: str) -> None:
    async with process(url, Phone(), running=False) as turns:
        await turns.accept(ME, "1", Started(), "en")
        await turns.take(ME)
        assert loads(await kept(turns), DIALOG.flow).locale == "en"


# --- what a platform answers ---


async def test_who_is_too_fast_waits_and_nobody_else(url: str) -> None:
    phone = Phone()
    phone.faults[ME] = [TooFastError(600)]
    async with process(url, phone) as turns:
        await opened(turns, to=ME)
        await opened(turns, to=YOU)
        await until(lambda: phone.states(YOU) == OPENING)
        await until(lambda: phone.tries[ME] == 1)

        async def held_back() -> bool:
            waiting = await rows(of(turns), tables.message, conv=ME)
            return bool(waiting) and waiting[0]["not_before"] > time.time() + 500

        await until(held_back)
    assert phone.states(ME) == []


async def test_who_was_too_fast_is_answered_then_in_order(url: str) -> None:
    phone = Phone()
    phone.faults[ME] = [TooFastError(0.2), TooFastError(0.1)]
    async with process(url, phone) as turns:
        await opened(turns)
        await idle(of(turns))
    assert phone.states(ME) == OPENING
    assert phone.tries[ME] == len(OPENING) + 2


async def test_what_fails_is_sent_again_and_the_order_kept(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    phone = Phone()
    phone.faults[ME] = [OSError("the bank is what somebody said"), TimeoutError(), LookupError()]
    async with process(url, phone) as turns:
        await opened(turns)
        await idle(of(turns))
    assert phone.states(ME) == OPENING
    said = [record.getMessage() for record in caplog.records if record.name == "bot.turn"]
    assert [line.rpartition(": ")[2].split()[0] for line in said] == [
        "OSError",
        "TimeoutError",
        "LookupError",
    ]
    assert "bank" not in caplog.text


async def test_what_can_never_be_sent_is_left_out(url: str, caplog: pytest.LogCaptureFixture) -> None:
    phone = Phone()
    phone.faults[ME] = [UnsendableError("it is too long")]
    async with process(url, phone) as turns:
        await opened(turns)
        await idle(of(turns))
    assert phone.states(ME) == OPENING[1:]
    assert "left out: it is too long" in caplog.text


async def test_nothing_more_is_sent_to_who_is_gone_and_no_reminder_comes(url: str) -> None:
    phone = Phone()
    async with process(url, phone) as turns:
        await opened(turns)
        await turns.accept(ME, "3", Command("remind"))
        await idle(of(turns))
        assert len(await rows(of(turns), tables.event, done=False)) == 1
        before = phone.states(ME)
        phone.faults[ME] = [GoneError()]
        await turns.accept(ME, "4", Said("why"))

        async def told() -> bool:
            return not loads(await kept(turns), DIALOG.flow).reminders

        await until(told)
        await idle(of(turns))
        assert await rows(of(turns), tables.event, done=False) == []
        assert phone.states(ME) == before
        # Who comes back is heard as before.
        await turns.accept(ME, "5", Said("back"))
        await until(lambda: len(phone.got[ME]) > len(before))
        assert '"the bank"' not in await kept(turns)


async def test_who_hangs_delays_nobody_else(url: str) -> None:
    phone = Phone()
    phone.held[ME] = asyncio.Event()
    async with process(url, phone) as turns:
        await opened(turns, to=ME)
        await until(lambda: phone.tries[ME] == 1)
        await opened(turns, to=YOU)
        await until(lambda: phone.states(YOU) == OPENING)
        assert phone.states(ME) == []
        phone.held.pop(ME).set()
        await idle(of(turns))
    assert phone.states(ME) == OPENING
    assert phone.tries[ME] == len(OPENING)


async def test_after_a_thousand_tries_it_is_still_tried(url: str) -> None:
    phone = Phone()
    phone.faults[ME] = [OSError()]
    async with process(url, phone, running=False) as turns:
        await turns.accept(ME, "1", Started())
        await turns.take(ME)
        await run(of(turns), update(tables.message).values(tries=5000))
        await turns.deliver(ME)
        first, *_ = await rows(of(turns), tables.message)
    assert first["tries"] == 5001
    assert time.time() < first["not_before"] <= time.time() + 60


# --- rows that can't be read ---


async def test_an_event_nobody_can_take_is_left_out_and_those_behind_it_come(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    phone = Phone()
    async with process(url, phone) as turns:
        for number, body in enumerate(['["sung","en","la"]', "{", '["said","en"]', '["said","en",7]']):
            await turns.dispatcher.transact(
                lambda on, number=number, body=body: on.accept(ME, f"junk{number}", body, time.time())  # type: ignore[misc]
            )
        await opened(turns)
        await idle(of(turns))
        assert await rows(of(turns), tables.event, done=False) == []
    assert phone.states(ME) == OPENING
    assert caplog.text.count("left out") == 4


async def test_a_message_that_cant_be_read_is_left_out_and_those_behind_it_come(url: str) -> None:
    phone = Phone()
    async with process(url, phone, running=False) as turns:
        await opened(turns)
        await turns.take(ME)
        first, *_ = await rows(of(turns), tables.message)

        this = tables.message.c.pos == first["pos"]
        await run(of(turns), update(tables.message).where(this).values(payload="{"))
    async with process(url, phone) as turns:
        await turns.resume(ME)
        await idle(of(turns))
    assert phone.states(ME) == OPENING[1:]


@pytest.mark.parametrize("state", ["{", "[]", '{"version": 99}', "null", ""])
async def test_a_conversation_that_cant_be_read_is_set_aside_and_begun_anew(
    url: str, state: str, caplog: pytest.LogCaptureFixture
) -> None:
    phone = Phone()
    async with process(url, phone) as turns:
        await turns.dispatcher.transact(lambda on: on.write(ME, state))
        await opened(turns)
        await idle(of(turns))
        assert await turns.dispatcher.transact(lambda on: on.state(f"{ME}!1")) == (state, 1)
    assert phone.states(ME) == OPENING
    assert "set aside" in caplog.text


# --- whoever is killed in between ---


async def test_ended_after_accepting_it_is_answered_by_the_next(url: str) -> None:
    phone = Phone()
    async with process(url, phone, running=False) as turns:
        await opened(turns)
    async with process(url, phone) as turns:
        await idle(of(turns))
    assert phone.states(ME) == OPENING


async def test_ended_after_the_step_it_never_happened(url: str) -> None:
    phone = Phone()
    async with process(url, phone, running=False) as turns:
        await opened(turns)

        def load(on: Transaction) -> Kept | None:
            return on.load(ME, time.time())

        found = await turns.dispatcher.transact(load)
        assert found
        turns.step(ME, found)
    async with process(url, phone) as turns:
        await idle(of(turns))
    assert phone.states(ME) == OPENING


async def test_ended_after_saving_it_is_delivered_by_the_next(url: str) -> None:
    phone = Phone()
    async with process(url, phone, running=False) as turns:
        await opened(turns)
        await turns.take(ME)
    async with process(url, phone) as turns:
        await idle(of(turns))
    assert phone.states(ME) == OPENING
    assert phone.tries[ME] == len(OPENING)


async def test_ended_between_sending_and_noting_it_one_message_is_sent_twice(url: str) -> None:
    phone = Phone()
    async with process(url, phone, running=False) as turns:
        await opened(turns)
        await turns.take(ME)
        claim = await turns.dispatcher.transact(lambda on: on.claim(ME, phone.pace, time.time()))
        assert claim
        assert claim.tries == 1
    async with process(url, phone) as turns:
        await idle(of(turns))
    assert phone.states(ME) == OPENING


async def test_who_saves_second_takes_the_event_again_on_what_the_first_saved(url: str) -> None:
    async with process(url, Phone(), running=False) as mine, process(url, Phone(), running=False) as yours:
        await mine.accept(ME, "1", Started())
        found = await mine.dispatcher.transact(lambda on: on.load(ME, time.time()))
        assert found
        after, messages = mine.step(ME, found)
        await yours.take(ME)
        assert not await mine.save(ME, found, after, messages)
        assert len(await rows(of(mine), tables.message)) == len(messages)


async def test_two_taps_on_two_replicas_are_one_turn_and_the_other_is_told(postgres_url: str) -> None:
    phones = Phone(), Phone()
    async with AsyncExitStack() as stack:
        turns = [await stack.enter_async_context(process(postgres_url, phone)) for phone in phones]
        for round_ in range(4):
            person = f"tg:bot:{round_}"
            await turns[0].accept(person, "1", Started())
            for number, text in enumerate(("skip", "4", "none"), 2):
                await turns[0].accept(person, str(number), Said(text))
            await idle(of(turns[0]))
            sent = [message for phone in phones for message in phone.got[person] if message.pick == "one"]
            tapped = Chose(max(sent, key=lambda message: message.progress or (0, 0)).choices[0].token)
            before = [len(phone.got[person]) for phone in phones]
            new = await asyncio.gather(
                turns[0].accept(person, "tap 1", tapped), turns[1].accept(person, "tap 2", tapped)
            )
            assert list(new) == [True, True]
            await idle(of(turns[0]))
            after = [
                message.state
                for phone, seen in zip(phones, before, strict=True)
                for message in phone.got[person][seen:]
            ]
            assert after.count("decide/stale") == 1
            assert after.count("decide/said") == 1


# --- reminders ---


async def reminded(turns: Turns, phone: Phone) -> None:
    """A conversation that asked to be reminded, all of it sent."""
    await opened(turns)
    await turns.accept(ME, "3", Command("remind"))
    await until(lambda: phone.states(ME) == [*OPENING, "remind"])


async def test_a_reminder_comes_when_its_time_has_come(tmp_path: object) -> None:
    clock, phone = Clock(), Phone()
    async with process(f"sqlite:///{tmp_path}/x.db", phone, clock) as turns:
        await of(turns).migrate()
        await reminded(turns, phone)
        await turns.accept(YOU, "1", Started())
        await until(lambda: len(phone.got[YOU]) == 2)
        clock.now += DAY - 1
        await turns.accept(YOU, "2", Said("the bank"))
        await until(lambda: len(phone.got[YOU]) == 4)
        assert "nudge" not in phone.states(ME)
        clock.now += 2
        await until(lambda: "nudge" in phone.states(ME))
        await until(lambda: phone.states(ME)[-1] == "hesitations")
    assert "late" not in phone.got[ME][phone.states(ME).index("nudge")].text


async def test_a_reminder_called_off_never_comes(tmp_path: object) -> None:
    clock, phone = Clock(), Phone()
    async with process(f"sqlite:///{tmp_path}/x.db", phone, clock) as turns:
        await of(turns).migrate()
        await reminded(turns, phone)
        await turns.accept(ME, "4", Command("remind_off"))
        await until(lambda: phone.states(ME).count("remind") == 2)
        assert await rows(of(turns), tables.event, done=False) == []
        clock.now += 3 * DAY
        await turns.accept(ME, "5", Said("why"))
        await until(lambda: phone.states(ME)[-1] != "remind")
    assert "nudge" not in phone.states(ME)


async def test_in_a_month_of_restarts_reminders_round_interviews_come_once_by_day(tmp_path: object) -> None:
    """The clocks go back in Berlin and New York in it; one of the three people flies to Auckland half-way."""
    zones = {f"tg:bot:{zone}": zone for zone in ("New York", "Berlin", "Auckland")}
    clock, phone = Clock(1_792_490_400.0), Phone()  # 20 October 2026, 10:00 by universal time
    url = f"sqlite:///{tmp_path}/x.db"
    async with process(url, phone, clock, running=False) as turns:
        await of(turns).migrate()
        for person, city in zones.items():
            await turns.accept(person, "0", Started())
            for number, date in enumerate(("2026-10-24", "2026-10-25", "2026-11-01", "2026-11-17")):
                lines = [
                    f"n{number}, {date} 9:30",
                    "cooled_off",
                    "somewhat_interested",
                    *["yes"] * 4,
                    "going",
                ]
                lines += ["date and reminders", "reminders", *([] if number else [city])]
                lines = lines if not number else ["my interviews", "another interview", *lines]
                for at, line in enumerate(lines):
                    await turns.accept(person, f"{number}.{at}", Said(line))
            await turns.take(person)
            await turns.deliver(person)
        begun = {person: len(phone.got[person]) for person in zones}
    came: list[tuple[str, str, int]] = []
    flown = "tg:bot:Berlin"
    for day in range(30):
        async with process(url, phone, clock, running=False) as turns:
            if day == 15:
                for at, line in enumerate(("date and reminders", "don't remind me", "no date after all")):
                    await turns.accept("tg:bot:New York", f"off{at}", Said(line))
                state = (await kept(turns, flown)).replace("Europe/Berlin", "Pacific/Auckland")
                await turns.dispatcher.transact(lambda on, state=state: on.write(flown, state))  # type: ignore[misc]
                await turns.accept(flown, "landed", Started())
            for _ in range(24):
                clock.now += 3_600
                for person, city in zones.items():
                    await turns.take(person)
                    await turns.deliver(person)
                    new = phone.got[person][begun[person] :]
                    begun[person] = len(phone.got[person])
                    zone = {"New York": "America/New_York", "Auckland": "Pacific/Auckland"}.get(city, "")
                    zone = zone or ("Europe/Berlin" if day < 15 else "Pacific/Auckland")
                    hour = local(clock.now, zone).hour
                    came += [(city, one.text, hour) for one in new if one.state == "decide/reminder"]
    assert {hour for _, _, hour in came} == {10, 18}
    texts = [(city, text) for city, text, _ in came]
    assert len(set(texts)) == len(texts)
    told = Counter(city for city, _ in texts)
    # Whoever called them off was told of three interviews, the others of all four.
    assert told == {"New York": 6, "Berlin": 8, "Auckland": 8}


async def test_after_a_week_of_downtime_a_reminder_comes_once_and_says_so(url: str) -> None:
    now = time.time()
    before, phone = Clock(now - 8 * DAY), Phone()
    async with process(url, phone, before, running=False) as turns:
        await opened(turns)
        await turns.accept(ME, "3", Command("remind"))
        for _ in range(3):
            found = await turns.dispatcher.transact(lambda on: on.load(ME, now))
            assert found
            await turns.save(ME, found, *turns.step(ME, found))
        await turns.deliver(ME)
    assert "nudge" not in phone.states(ME)
    others = Phone(), Phone()
    async with AsyncExitStack() as stack:
        # As many replicas as may be on a server; a file has one process.
        started = [
            await stack.enter_async_context(process(url, other))
            for other in others[: 1 + url.startswith("postgresql")]
        ]
        await idle(of(started[0]))
        await until(lambda: any(other.states(ME) for other in others))
        await started[0].accept(ME, "4", Said("why"))
        await idle(of(started[0]))
    sent = [message for other in others for message in other.got[ME] if message.state == "decide/nudge"]
    assert len(sent) == 1
    assert "7 days" in sent[0].text
    assert "late" in sent[0].text


async def test_a_replica_whose_clock_is_behind_loses_no_reminder(postgres_url: str) -> None:
    now = time.time()
    phone = Phone()
    async with process(postgres_url, phone, Clock(now - DAY - 1), running=False) as turns:
        await opened(turns)
        await turns.accept(ME, "3", Command("remind"))
        await turns.take(ME)  # the reminder is due by the server's clock, and a day away by this one's
        await turns.deliver(ME)
    assert phone.states(ME).count("nudge") == 1


async def test_a_reminder_nobody_wants_is_silent(url: str) -> None:
    phone = Phone()
    async with process(url, phone) as turns:
        await opened(turns)
        await idle(of(turns))
        due = event_out(Due("nudge"), "en")
        await turns.dispatcher.transact(lambda on: on.accept(ME, "due", due, 1.0, time.time() - 1))
        await idle(of(turns))
        assert await rows(of(turns), tables.event, done=False) == []
    assert phone.states(ME) == OPENING


# --- what is counted ---


class Counted:
    """A watch that notes all it is told."""

    def __init__(self) -> None:
        self.new: list[bool] = []
        self.turns: list[float] = []
        self.sends: list[Outcome] = []
        self.erasures: list[tuple[Erasure, int]] = []
        self.useful: list[Useful] = []

    def accepted(self, new: bool) -> None:
        self.new.append(new)

    def turned(self, seconds: float) -> None:
        self.turns.append(seconds)

    def sent(self, outcome: Outcome) -> None:
        self.sends.append(outcome)

    def erased(self, why: Erasure, count: int) -> None:
        self.erasures.append((why, count))

    def found(self, useful: Useful) -> None:
        self.useful.append(useful)


async def test_what_happens_is_counted(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    watch, phone = Counted(), Phone()
    phone.faults[ME] = [OSError(), TooFastError(0.0), UnsendableError("no")]
    dispatcher = dispatcher_of(database)
    turns = Turns(DIALOG, dispatcher, {"tg": phone}, watch)
    await turns.start()
    try:
        await opened(turns)
        await turns.accept(ME, "2", Said("the bank"))
        await idle(database)
        phone.faults[YOU] = [GoneError()]
        await turns.accept(YOU, "1", Started())
        await until(lambda: "gone" in watch.sends)
        await idle(database)
    finally:
        await dispatcher.stop(60)
    assert watch.new == [True, True, False, True]
    assert len(watch.turns) == 4  # the last is what a conversation is told of somebody gone
    assert all(0 <= seconds < 120 for seconds in watch.turns)
    assert watch.sends == ["failed", "too_fast", "unsendable", *["sent"] * 3, "gone"]


async def test_what_isnt_stored_isnt_accepted(database: Database) -> None:
    watch = Counted()
    turns = Turns(DIALOG, dispatcher_of(database), {"tg": Phone()}, watch)
    await run(database, "ALTER TABLE event RENAME TO elsewhere")
    with pytest.raises(StoreError):
        await turns.accept(ME, "1", Started())
    assert watch.new == []
