"""What is kept: sealed wherever it stands, for as long as was said, and gone when somebody asks for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, insert, select, update

from bot.dispatch.distributed import Distributed
from bot.dispatch.local import clean, tell
from bot.pace import Pace
from bot.store import Database, Kept, Keys, StoreError, Transaction, UnopenedError, tables
from bot.turn import DAY, Forgetful, GoneError, Turns
from bot.watch import Erasure, Outcome
from dialogs.events import Event, Message, Said, Started, Useful
from dialogs.flow import Interview
from dialogs.session import Plan, Reminder, Session, dumps
from tests.bot.played import DIALOG, Clock, Phone, idle, process, rows, run, until
from tests.bot.running import Loopback, running

ME, YOU = "tg:4711:815", "tg:4711:816"

MARK = "mirabelle"

GOODBYE = ["goodbye", "goodbye"]


class Plain:
    """A dialog in which everything that may be free holds a mark, and that forgets when it is told to."""

    flow = DIALOG.flow
    words = DIALOG.words
    keep_days = DIALOG.keep_days

    def __init__(self, *reminders: Reminder, **settings: str) -> None:
        self.reminders, self.settings = reminders, settings

    def step(self, session: Session, event: Event, now: float = 0.0) -> tuple[Session, tuple[Message, ...]]:
        if event == Said("forget"):
            goodbye = Message("decide/goodbye", "All of it is gone.")
            return replace(session, forgotten=True), (goodbye, goodbye)
        named = {"interview": Interview(f"the {MARK} bank")}
        plan = Plan(named, ("interview",), noted=(MARK,), details={"notes": MARK})
        after = replace(
            session,
            plans=(plan,),
            shown=(MARK,),
            settings={"name": MARK, **self.settings},
            reminders=self.reminders,
        )
        return after, (Message("decide/echo", f"you said: {event} {MARK}"),)


class Marked(Phone):
    """A phone whose buttons stand under a text with the mark, and that drops what it keeps when told to."""

    def __init__(self, pace: Pace | None = None) -> None:
        super().__init__(pace or Pace(chat=0.001, bot=0.001))
        self.forgot: list[str] = []
        self.at_forgetting: list[Callable[[], object]] = []

    async def send(self, conversation: str, message: Message, shown: str) -> str | None:
        await super().send(conversation, message, shown)
        return f'{{"text":"{MARK}"}}'

    async def forget(self, conversation: str, shown: str = "") -> None:
        self.forgot.append(conversation)
        if self.at_forgetting:
            self.at_forgetting.pop(0)()


def of(turns: Turns) -> Database:
    database: Database = turns.dispatcher.database  # type: ignore[attr-defined]
    return database


async def everything(database: Database) -> str:
    """All rows of all tables there are, whoever made them."""

    def read(on: Transaction) -> str:
        metadata = MetaData()
        metadata.reflect(on.connection)
        assert {"conversation", "event", "message", "budget"} < set(metadata.tables)
        found: list[Any] = []
        for table in metadata.tables.values():
            found += [tuple(row) for row in on.connection.execute(select(table))]
        return repr(found)

    return (await database.run(read))[0]


async def gone(database: Database) -> None:
    """Waits until nothing of a conversation stands in any table."""

    async def nothing() -> bool:
        all_there_is = await everything(database)
        return ME not in all_there_is and MARK not in all_there_is

    await until(nothing)


def files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def talked(turns: Turns, *texts: str, to: str = ME) -> None:
    for text in texts:
        await turns.accept(to, f"{text} {time.monotonic_ns()}", Said(text))


# --- sealed ---


async def test_nothing_that_was_said_stands_anywhere_in_the_clear_and_then_nothing_stands_at_all(
    url: str, tmp_path: Path
) -> None:
    phone = type("Both", (Marked, Loopback), {})()
    later = Reminder("nudge", time.time() + 20 * DAY)

    def wire(_: object, *rest: Any) -> Turns:
        made.append(Turns(Plain(later), *rest))  # type: ignore[arg-type]
        return made[0]

    made: list[Turns] = []
    async with running(url, phone, wire=wire) as pages:
        database = of(made[0])
        await pages.say(ME, "1", f"the {MARK} bank")
        await until(lambda: phone.got[ME])
        await idle(database)
        # One message stays, and an event, and one that comes later.
        phone.held[ME] = asyncio.Event()
        await pages.say(ME, "2", f"another {MARK}")

        async def held() -> bool:
            return len(await rows(database, tables.message, conv=ME)) == 1

        await until(held)
        await made[0].dispatcher.transact(
            lambda on: on.accept(ME, "3", f'[1,"said","en","{MARK}"]', 1.0, time.time() + 9 * DAY)
        )
        opened = [await rows(database, table, **{key: ME}) for table, key in PLACES.items()]
        assert [MARK in repr(each) for each in opened] == [True, True, True]
        assert all(MARK in row[name] for row in opened[0] for name in ("state", "shown")), (
            "what is looked for isn't there"
        )
        stored = await everything(database)
        assert ME in stored
        assert MARK not in stored
        assert MARK.encode() not in files(tmp_path)
        assert phone.shown[ME][-1:] in ([], [""], [f'{{"text":"{MARK}"}}'])
        await pages.say(ME, "4", "forget")
        phone.held.pop(ME).set()
        await until(lambda: phone.states(ME)[-2:] == GOODBYE)
        await gone(database)
        assert 'whatif_erased_total{why="forgotten"} 1.0' in (await pages.ask("/metrics"))[1]
    assert MARK not in pages.log
    assert ME not in pages.log
    assert phone.forgot == [ME, ME]
    # Neither does the file hold what was erased in it.
    assert ME.encode() not in files(tmp_path)


PLACES = {tables.conversation: "id", tables.event: "conv", tables.message: "conv"}


async def test_what_an_earlier_version_left_in_the_clear_is_read_and_sealed_when_it_is_saved(
    url: str,
) -> None:
    phone = Phone()
    async with process(url, phone, running=False) as turns:
        await turns.accept(ME, "1", Started())
        await turns.take(ME)
        session, _ = DIALOG.step(Session(), Started())
        clear = dumps(DIALOG.step(session, Said(f"the {MARK} bank"))[0], DIALOG.flow)
        (unsent, *_) = await rows(of(turns), tables.message)
        await run(of(turns), update(tables.conversation).values(state=clear, shown="m1"))
        await run(of(turns), update(tables.message).values(payload=unsent["payload"]))
        said = '[1,"said","en","skip"]'
        row = {"conv": ME, "id": "2", "seq": 2, "accepted": 1.0, "body": said, "done": False}
        await run(of(turns), insert(tables.event).values(**row))
        assert MARK in await everything(of(turns))
    async with process(url, phone) as turns:
        await turns.resume(ME)
        await idle(of(turns))
        (kept,) = await rows(of(turns), tables.conversation)
        assert MARK in kept["state"]
        assert MARK not in await everything(of(turns))
    assert phone.shown[ME][0] == "m1"


async def test_after_a_change_of_keys_everything_goes_on(url: str) -> None:
    phone = Phone()
    async with process(url, phone, running=False, keys=Keys("old")) as turns:
        await turns.accept(ME, "1", Started())
        await turns.take(ME)
        await turns.accept(ME, "2", Said(f"the {MARK} bank"))
    async with process(url, phone, keys=Keys("new,old")) as turns:
        await turns.resume(ME)
        await idle(of(turns))
    assert phone.states(ME) == ["welcome", "interview", "said", "hesitations"]
    async with process(url, phone, keys=Keys("new")) as turns:
        await turns.accept(ME, "3", Said("skip"))
        await idle(of(turns))
    assert "unclear" not in phone.states(ME)


async def test_without_the_key_a_turn_fails_loudly_and_is_taken_once_the_key_is_back(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    phone = Phone()
    async with process(url, phone, running=False, keys=Keys("right")) as turns:
        await turns.accept(ME, "1", Started())
        await turns.take(ME)
        await turns.deliver(ME)
        await turns.accept(ME, "2", Said(f"the {MARK} bank"))
    before = phone.states(ME)
    async with process(url, phone, keys=Keys("wrong")) as turns:
        await turns.resume(ME)
        await until(lambda: "SECRET_KEY" in caplog.text)
        with pytest.raises(UnopenedError):
            await turns.take(ME)
        assert len(await undone(of(turns))) == 1
    told = "\n".join(each.getMessage() for each in caplog.records if each.name.startswith("bot."))
    assert "SECRET_KEY" in told
    assert ME not in told
    assert MARK not in caplog.text
    assert phone.states(ME) == before
    async with process(url, phone, keys=Keys("right")) as turns:
        await turns.resume(ME)
        await idle(of(turns))
        assert [row["id"] for row in await rows(of(turns), tables.conversation)] == [ME]
    assert phone.states(ME) == [*before, "said", "hesitations"]


async def undone(database: Database) -> list[Any]:
    """The ids of the events that wait; none is opened."""
    waits = select(tables.event.c.id).where(~tables.event.c.done)
    return (await database.run(lambda on: list(on.connection.execute(waits).scalars())))[0]


async def test_a_message_that_cant_be_opened_doesnt_send_the_one_before_it_again(url: str) -> None:
    phone = Phone()
    async with process(url, phone, running=False, keys=Keys("right")) as turns:
        await turns.accept(ME, "1", Started())
        await turns.take(ME)
        _, second = await rows(of(turns), tables.message)
        elsewhere = Keys("lost").seal(ME, second["payload"])
        this = tables.message.c.pos == second["pos"]
        await run(of(turns), update(tables.message).where(this).values(payload=elsewhere))
        for _ in range(3):
            with pytest.raises(UnopenedError):
                await turns.deliver(ME)
    assert phone.states(ME) == ["welcome"]
    async with process(url, phone, running=False, keys=Keys("right,lost")) as turns:
        await turns.deliver(ME)
    assert phone.states(ME) == ["welcome", "interview"]


# --- kept for a time ---


async def expires(turns: Turns, conversation: str = ME) -> float:
    ((until_when,), _) = await of(turns).run(
        lambda on: on.connection.execute(
            select(tables.conversation.c.expires).where(tables.conversation.c.id == conversation)
        ).one()
    )
    return float(until_when)


@pytest.mark.parametrize(
    ("wished", "days"),
    [
        ("", 60), ("30", 30), ("60", 60), ("90", 60), ("0", 60), ("-1", 60), ("x", 60), ("٣٠", 60),
        ("9" * 5000, 60),
    ],
)  # fmt: skip
async def test_a_conversation_is_kept_as_long_as_the_operator_says_or_shorter(
    wished: str, days: int, tmp_path: Path
) -> None:
    clock = Clock()
    async with process(f"sqlite:///{tmp_path}/x.db", Phone(), clock, running=False) as turns:
        turns.dialog = Plain(keep_days=wished)  # type: ignore[assignment]
        turns.dialog.keep_days = 60
        await of(turns).migrate()
        await opened(turns)
        assert await expires(turns) == clock.now + days * DAY
        clock.now += 5 * DAY
        await opened(turns)
        assert await expires(turns) == clock.now + days * DAY


async def opened(turns: Turns, conversation: str = ME) -> None:
    """A turn taken, and nothing sent yet."""
    await talked(turns, f"the {MARK} bank", to=conversation)
    await turns.take(conversation)


async def test_a_reminder_that_is_wanted_is_waited_for(url: str) -> None:
    now = time.time()
    async with process(url, Phone(), Clock(now), running=False) as turns:
        last = Reminder("nudge", now + 200 * DAY)
        turns.dialog = Plain(Reminder("debrief", now + DAY), last)  # type: ignore[assignment]
        await opened(turns)
        assert await expires(turns) == last.at + 90 * DAY


async def test_what_has_expired_is_erased_and_nothing_else(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    phone, watch = Marked(), Counted()
    async with process(url, phone, running=False) as turns:
        later = Reminder("nudge", time.time() + 9 * DAY)
        turns.dialog = Plain(later)  # type: ignore[assignment]
        for each in (ME, YOU):
            await opened(turns, each)
            await turns.deliver(each)
            await opened(turns, each)
        # Somebody writes in the very moment.
        await talked(turns, "hello again")
        await run(of(turns), update(tables.conversation).values(expires=time.time() - 1))
        erased = await turns.dispatcher.transact(lambda on: clean(on, time.time()))
        tell(erased, watch)
        assert erased == 1
        # Whoever has just written is heard first, and then kept on.
        assert [row["id"] for row in await rows(of(turns), tables.conversation)] == [ME]
        assert len(await rows(of(turns), tables.event, conv=YOU)) == 0
        assert len(await rows(of(turns), tables.message, conv=YOU)) == 0
        await turns.take(ME)
        (_, version), _ = await of(turns).run(lambda on: on.state(ME) or ("", 0))
        assert version == 3
        assert await turns.dispatcher.transact(lambda on: clean(on, time.time())) == 0
    assert watch.erasures == [("expired", 1)]
    assert "1 conversations have expired" in caplog.text
    assert ME not in caplog.text


async def test_the_program_erases_what_has_expired_by_itself(url: str) -> None:
    phone = Loopback()
    async with running(url, phone) as pages:
        await pages.say(ME, "1", f"the {MARK} bank")
        await until(lambda: len(phone.got[ME]) == 2)
        async with process(url, phone, running=False, keys=Keys("key")) as turns:
            await idle(of(turns))
            await run(of(turns), update(tables.conversation).values(expires=time.time() - 1))
            await gone(of(turns))
        assert 'whatif_erased_total{why="expired"} 1.0' in (await pages.ask("/metrics"))[1]


async def test_what_an_older_program_stores_gets_its_time_as_well(database: Database) -> None:
    await database.run(lambda on: on.write(ME, "{}"))
    now = time.time()
    assert (await database.run(lambda on: clean(on, now)))[0] == 0
    (row,) = await rows(database, tables.conversation)
    assert row["expires"] == pytest.approx(now + 90 * DAY)


async def test_a_clock_that_isnt_set_yet_erases_nothing(url: str) -> None:
    async with process(url, Phone(), Clock(7.0), running=False) as turns:
        await opened(turns)
        now = time.time()
        assert await turns.dispatcher.transact(lambda on: clean(on, now)) == 0
        assert await expires(turns) == pytest.approx(now + 90 * DAY)


async def test_a_pace_that_nobody_uses_up_is_forgotten(database: Database) -> None:
    for key, tat in (("past", time.time() - 1), ("used", time.time() + 60)):
        await run(database, insert(tables.budget).values(key=key, tat=tat))
    await database.run(lambda on: clean(on, time.time()))
    assert [row["key"] for row in await rows(database, tables.budget)] == ["used"]


async def test_jobs_that_ended_in_any_way_are_deleted(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.dispatch.distributed.PURGE", 0.05)
    async with process(postgres_url, Phone()) as turns:
        assert isinstance(turns.dispatcher, Distributed)
        for status in ("succeeded", "failed", "cancelled", "aborted"):
            await run(
                of(turns),
                "INSERT INTO procrastinate_jobs (task_name, queue_name, args, status) VALUES"
                f" ('turn', 'tg', '{{\"conversation\": \"{ME}\"}}', '{status}')",
            )
        await gone(of(turns))


# --- forgotten ---


async def forgetting(turns: Turns, *reminders: Reminder) -> None:
    """A conversation with something everywhere, an unsent message among it, that asks to be forgotten."""
    turns.dialog = Plain(*reminders)  # type: ignore[assignment]
    await opened(turns)
    await turns.deliver(ME)
    await opened(turns)
    aside = {"id": f"{ME}!1", "state": MARK, "version": 1}
    await run(of(turns), insert(tables.conversation).values(**aside))
    await talked(turns, "forget")


async def load(turns: Turns) -> Kept:
    found = await turns.dispatcher.transact(lambda on: on.load(ME, time.time()))
    assert found
    return found


async def test_killed_between_forgetting_and_saying_so_it_is_still_said(url: str) -> None:
    phone = Marked()
    async with process(url, phone, running=False) as turns:
        await forgetting(turns, Reminder("nudge", time.time() + 9 * DAY))
        await turns.take(ME)
        assert await rows(of(turns), tables.conversation) == []
        assert await rows(of(turns), tables.event) == []
        assert len(await rows(of(turns), tables.message)) == 2
    async with process(url, phone) as turns:
        await until(lambda: phone.states(ME)[-2:] == GOODBYE)
        await gone(of(turns))
    assert phone.states(ME) == ["echo", *GOODBYE]
    # What stood before is nothing that it is told of.
    assert phone.shown[ME] == ["", "", ""]


async def test_a_reminder_called_off_leaves_no_timer_behind(postgres_url: str) -> None:
    phone = Marked()
    async with process(postgres_url, phone) as turns:
        turns.dialog = Plain(Reminder("nudge", time.time() + 9 * DAY))  # type: ignore[assignment]
        await talked(turns, "hello")
        await until(lambda: len(phone.got[ME]) == 1)
        turns.dialog = Plain()  # type: ignore[assignment]
        await talked(turns, "hello")
        await until(lambda: len(phone.got[ME]) == 2)
        assert "'timer'" in await everything(of(turns))
        await talked(turns, "forget")
        await gone(of(turns))


@pytest.mark.parametrize("begun", [True, False])
async def test_what_is_accepted_meanwhile_begins_a_new_conversation(url: str, begun: bool) -> None:
    phone = Marked()
    async with process(url, phone, running=False) as turns:
        turns.dialog = Plain()  # type: ignore[assignment]
        if begun:
            await opened(turns)
            await turns.deliver(ME)
        await talked(turns, "forget")
        found = await load(turns)
        forgotten = turns.step(ME, found)
        await talked(turns, "hello again")
        assert await turns.save(ME, found, *forgotten)
        await turns.take(ME)
        await turns.deliver(ME)
        (_, version), _ = await of(turns).run(lambda on: on.state(ME) or ("", 0))
        assert version == 1
    # It was said before what comes after it.
    assert phone.states(ME)[-3:] == [*GOODBYE, "echo"]
    assert "hello again" in phone.got[ME][-1].text


@pytest.mark.parametrize("turns_before", [0, 1, 2])
async def test_who_saves_late_doesnt_bring_it_back(url: str, turns_before: int) -> None:
    phone = Marked()
    async with (
        process(url, phone, running=False) as mine,
        process(url, phone, running=False) as yours,
    ):
        for each in (mine, yours):
            each.dialog = Plain()  # type: ignore[assignment]
        for _ in range(turns_before):
            await opened(mine)
        await talked(mine, "hello")
        stale = await load(mine)
        late = mine.step(ME, stale)
        await yours.take(ME)
        await talked(mine, "forget")
        await yours.take(ME)
        assert not await mine.save(ME, stale, *late)
        assert await rows(of(mine), tables.conversation) == []
        # Nor into one that came after it and has been saved as often.
        for _ in range(max(turns_before, 1)):
            await opened(yours)
        assert not await mine.save(ME, stale, *late)
        assert not await mine.save(ME, stale, replace(late[0], forgotten=True), ())
        (_, version), _ = await of(mine).run(lambda on: on.state(ME) or ("", 0))
        assert version == max(turns_before, 1)


async def test_of_two_who_forget_one_says_so(url: str) -> None:
    phone = Marked()
    async with process(url, phone, running=False) as turns:
        await forgetting(turns)
        found = await load(turns)
        done = await asyncio.gather(*(turns.save(ME, found, *turns.step(ME, found)) for _ in range(3)))
        assert sorted(done) == [False, False, True]
        assert len(await rows(of(turns), tables.message)) == 2


async def test_whoever_went_away_meanwhile_is_forgotten_all_the_same(url: str) -> None:
    phone = Marked(Pace(chat=5, bot=5))
    async with process(url, phone) as turns:
        turns.dialog = Plain()  # type: ignore[assignment]
        phone.faults[ME] = [GoneError()]
        await talked(turns, "forget")
        await gone(of(turns))
    assert phone.states(ME) == []


async def test_how_fast_it_was_written_to_is_forgotten_as_well(url: str) -> None:
    phone = Marked(Pace(chat=50, chat_burst=9, bot=0))
    async with process(url, phone) as turns:
        await talked(turns, "hello")
        await idle(of(turns))
        assert [row["key"] for row in await rows(of(turns), tables.budget)] == [ME]
        turns.dialog = Plain()  # type: ignore[assignment]
        await talked(turns, "forget")
        await gone(of(turns))
    assert phone.states(ME)[-2:] == GOODBYE


async def test_what_was_on_its_way_isnt_remembered_of_who_comes_after(url: str) -> None:
    phone = Marked()
    async with process(url, phone, running=False) as turns:
        turns.dialog = Plain()  # type: ignore[assignment]
        await opened(turns)
        claim = await turns.dispatcher.transact(lambda on: on.claim(ME, phone.pace, time.time()))
        assert claim
        await talked(turns, "forget", "hello again")
        await turns.take(ME)
        await turns.dispatcher.transact(lambda on: on.sent(ME, claim.pos, MARK))
        (kept,) = await rows(of(turns), tables.conversation, id=ME)
        assert kept["shown"] == ""
        assert len(await rows(of(turns), tables.message)) == 3


async def test_a_sender_drops_its_own_before_it_is_said_and_nothing_is_gone_where_it_cant(
    url: str,
) -> None:
    phone = Marked()
    assert isinstance(phone, Forgetful)

    def full() -> None:
        raise StoreError("no")

    async with process(url, phone, running=False) as turns:
        await forgetting(turns)
        phone.at_forgetting = [full]
        with pytest.raises(StoreError):
            await turns.take(ME)
        assert [row["id"] for row in await rows(of(turns), tables.conversation)] == [ME, f"{ME}!1"]
        await turns.take(ME)
        assert await rows(of(turns), tables.conversation) == []
    assert phone.forgot == [ME] * 3


async def test_one_persons_wish_is_nobody_elses(url: str) -> None:
    phone, like = Marked(), [f"{ME}0", f"{ME}:1", f"{ME}!x"]
    async with process(url, phone, running=False) as turns:
        turns.dialog = Plain(Reminder("nudge", time.time() + DAY))  # type: ignore[assignment]
        for each in like:
            await opened(turns, each)
        await forgetting(turns)
        await turns.take(ME)
        kept: Iterable[Any] = await rows(of(turns), tables.conversation)
        assert sorted(row["id"] for row in kept) == sorted(like)
        for each in like:
            assert len(await rows(of(turns), tables.event, conv=each)) == 2
            assert len(await rows(of(turns), tables.message, conv=each)) == 1


async def test_who_takes_the_app_out_leaves_nothing_either(url: str) -> None:
    async with process(url, Marked()) as turns:
        turns.dialog = Plain(Reminder("nudge", time.time() + 9 * DAY))  # type: ignore[assignment]
        await talked(turns, "hello")
        await idle(of(turns))
        assert ME in await everything(of(turns))
        assert (await of(turns).run(lambda on: on.erase("tg:4711")))[0] == 1
        await gone(of(turns))


class Counted:
    """A watch that notes what was erased."""

    def __init__(self) -> None:
        self.erasures: list[tuple[Erasure, int]] = []

    def accepted(self, new: bool) -> None: ...

    def turned(self, seconds: float) -> None: ...

    def sent(self, outcome: Outcome) -> None: ...

    def erased(self, why: Erasure, count: int) -> None:
        self.erasures.append((why, count))

    def found(self, useful: Useful) -> None: ...
