"""What is done in one transaction: the statements, built once, and the four steps of a turn over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Double,
    Executable,
    Integer,
    Text,
    and_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from bot.pace import Pace
from bot.store.quick import Run, Values, quick
from bot.store.seal import Keys, UnopenedError
from bot.store.tables import budget, conversation, event, message
from dialogs.session import Reminder

WAIT_MOST = 900.0
"""Seconds that anything waits to be sent: a longer wait is tried again after that, so that a clock that
jumped back, or a platform that asks for hours, holds nothing up for as long."""

AHEAD_MOST = 60.0
"""Seconds, beside ten messages' time, that a pace may be used up ahead: more comes of a clock that jumped
back."""

UNSET = 1_700_000_000.0
"""A time before this was written. A clock that says so hasn't been set, as after a start without a network,
and what expires by it would be gone as soon as it is."""

SOON = 2.0
"""Seconds ahead that `Transaction.waiting` looks for what is to be sent."""

WAIT_HERE = 2.0
"""Seconds that whoever sends stays and waits; after a longer wait the conversation is woken anew."""

MESSAGES_MOST = 64
"""Messages of one turn; a turn has three or four."""


_JOBS = (
    "DELETE FROM procrastinate_jobs"
    " WHERE (status = 'todo' AND task_name = 'timer' OR status NOT IN ('todo', 'doing'))"
)
"""Jobs that hold a conversation's id and that nobody needs once it is erased; the others are done at once."""


@dataclass(frozen=True, slots=True)
class Wake:
    """Something to do for a conversation: take its turns, send its messages, or look again at a time."""

    lane: Literal["turn", "out", "timer"]
    conversation: str
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A conversation and the event that waits in it.

    `state` is its session's JSON, None where there is no conversation yet, and `version` counts how
    often it was saved; `accepted` and `due` are seconds since 1970.
    """

    state: str | None
    version: int
    event: str
    body: str
    accepted: float
    due: float | None


@dataclass(frozen=True, slots=True)
class Claim:
    """The message that is to be sent next.

    It may be sent in `wait` seconds (0 for now); `tries` counts the times it was tried, this one
    included; `shown` is what the platform calls the message whose buttons stand, None where there is no
    conversation any more: it was forgotten, and this says so. `fault` says that it can't be opened.
    """

    pos: int
    payload: str
    wait: float
    tries: int
    shown: str | None
    fault: UnopenedError | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is yet to be done: events that can be taken now, and messages to be sent."""

    events: int
    messages: int


class _Statements:
    """Every statement, built once for a dialect: building one costs more than running it."""

    def __init__(self, dialect: str) -> None:
        insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
        # A server is told every parameter's type: it can't see all of them from where they stand.
        conv = bindparam("of", type_=Text)
        # Replicas go by the server's clock, so that theirs may differ.
        here = dialect == "sqlite"
        now = bindparam("now", type_=Double) if here else func.extract("epoch", func.clock_timestamp())
        event_id, pos = bindparam("event", type_=Text), bindparam("place", type_=BigInteger)
        ready = ~event.c.done & or_(event.c.due.is_(None), event.c.due <= now)

        numbered = select(
            conv,
            event_id,
            func.coalesce(func.max(event.c.seq), 0) + 1,
            bindparam("accepted", type_=Double),
            bindparam("due", type_=Double),
            bindparam("body", type_=Text),
            literal(False),
        ).where(event.c.conv == conv)
        self.accept = (
            insert(event)
            .from_select(["conv", "id", "seq", "accepted", "due", "body", "done"], numbered)
            .on_conflict_do_nothing(index_elements=["conv", "id"])
            .returning(event.c.seq)
        )
        self.load = (
            select(
                conversation.c.state,
                conversation.c.version,
                event.c.id,
                event.c.body,
                event.c.accepted,
                event.c.due,
            )
            .select_from(event.outerjoin(conversation, conversation.c.id == event.c.conv))
            .where(event.c.conv == conv, ready)
            .order_by(event.c.seq, event.c.id)
            .limit(1)
        )
        self.state = select(conversation.c.state, conversation.c.version).where(conversation.c.id == conv)
        first = insert(conversation).values(id=conv, state=bindparam("state", type_=Text), version=1)
        until = bindparam("until", type_=Double)
        self.begin = (
            first.values(expires=until)
            .on_conflict_do_nothing(index_elements=["id"])
            .returning(conversation.c.version)
        )
        self.unbegun = delete(conversation).where(conversation.c.id == conv)
        # An erased conversation that was begun anew counts from one again: its old events tell them apart.
        loaded = (
            conversation.c.id == conv,
            conversation.c.version == bindparam("before", type_=BigInteger),
            exists().where(event.c.conv == conv, event.c.id == event_id, ~event.c.done),
        )
        self.save = (
            update(conversation)
            .where(*loaded)
            .values(
                state=bindparam("after", type_=Text),
                version=conversation.c.version + 1,
                expires=until,
            )
            .returning(conversation.c.version)
        )
        self.leave = delete(conversation).where(*loaded)
        self.write = first.on_conflict_do_update(
            index_elements=["id"],
            set_={"state": first.excluded.state, "version": conversation.c.version + 1},
        )
        self.done = (
            update(event)
            .where(event.c.conv == conv, event.c.id == event_id, ~event.c.done)
            .values(done=True, body="")
        )
        self.queue = insert(message)
        self.timers = select(event.c.id).where(event.c.conv == conv, ~event.c.done, event.c.due.is_not(None))
        self.no_timer = delete(event).where(event.c.conv == conv, event.c.id == event_id, ~event.c.done)
        self.head = (
            select(
                message.c.pos,
                message.c.payload,
                message.c.not_before,
                message.c.tries,
                conversation.c.shown,
                cast(now, Double),
            )
            .select_from(message.outerjoin(conversation, conversation.c.id == message.c.conv))
            .where(message.c.conv == conv)
            .order_by(message.c.pos)
            .limit(1)
        )
        interval = bindparam("interval", type_=Double)
        moment = bindparam("moment", type_=Double)
        taken = insert(budget).values(key=bindparam("key", type_=Text), tat=moment + interval)
        ahead = moment + AHEAD_MOST + 10 * interval
        known = case((budget.c.tat.between(moment, ahead), budget.c.tat), else_=moment)
        self.reserve = taken.on_conflict_do_update(
            index_elements=["key"], set_={"tat": known + interval}
        ).returning(budget.c.tat)
        this = (message.c.conv == conv, message.c.pos == pos)
        at = bindparam("at", type_=Double)
        self.later = (
            update(message)
            .where(*this)
            .values(not_before=cast(now, Double) + bindparam("seconds", type_=Double))
            .returning(message.c.not_before)
        )
        self.wait = update(message).where(*this).values(not_before=at)
        self.tried = update(message).where(*this).values(not_before=at, tries=message.c.tries + 1)
        self.unsent = delete(message).where(message.c.conv == conv)
        # What was on its way to a conversation that was erased meanwhile is nothing to the one after it. Its
        # messages may stand in the same places, but nobody has claimed them yet.
        out = (*this, or_(message.c.tries > 0, message.c.not_before > 0))
        self.sent = delete(message).where(*out)
        self.shown = (
            update(conversation)
            .where(conversation.c.id == conv, exists().where(*out))
            .values(shown=bindparam("name", type_=Text))
        )
        span = (bindparam("first", type_=Text), bindparam("last", type_=Text))
        within = (event.c.conv >= span[0], event.c.conv < span[1])
        most = bindparam("most", type_=Integer)
        self.ready = tuple(
            select(event.c.conv).where(~event.c.done, when, *within).order_by(first).limit(most)
            for when, first in (
                (event.c.due.is_(None), event.c.accepted),
                (event.c.due.is_not(None) & (event.c.due <= now), event.c.due),
            )
        )
        self.due = select(func.min(event.c.due), cast(now, Double)).where(event.c.conv == conv, ~event.c.done)
        heads = (
            select(message.c.conv, func.min(message.c.pos).label("pos"))
            .where(message.c.conv >= span[0], message.c.conv < span[1])
            .group_by(message.c.conv)
            .subquery()
        )
        self.sendable = (
            select(message.c.conv, message.c.not_before)
            .join(heads, (message.c.conv == heads.c.conv) & (message.c.pos == heads.c.pos))
            .where(~message.c.not_before.between(now + SOON, now + WAIT_MOST))
            .order_by(message.c.not_before)
            .limit(most)
        )
        self.depth = select(
            select(func.count())
            .select_from(event)
            .where(~event.c.done, event.c.due.is_(None))
            .scalar_subquery(),
            select(func.count())
            .select_from(event)
            .where(~event.c.done, event.c.due.is_not(None) & (event.c.due <= now))
            .scalar_subquery(),
            select(func.count()).select_from(message).scalar_subquery(),
        )
        old = select(event.c.conv, event.c.id).where(event.c.done, event.c.accepted < bindparam("before"))
        self.purge = delete(event).where(tuple_(event.c.conv, event.c.id).in_(old.limit(most)))
        self.turns = select(func.pg_advisory_xact_lock(func.hashtext(conv)))
        aside = bindparam("aside", type_=Text)
        # A server's locale may sort a "!" as if it weren't there, so no span of ids would do.
        self.asides = select(conversation.c.id).where(
            func.substr(conversation.c.id, 1, func.length(aside)) == aside
        )
        self.rename = (
            update(conversation)
            .where(conversation.c.id == conv)
            .values(id=bindparam("to"), state=bindparam("after"), shown=bindparam("name"))
        )
        self.whole = select(conversation.c.state, conversation.c.shown).where(conversation.c.id == conv)
        dateless = or_(conversation.c.expires.is_(None), conversation.c.expires < UNSET)
        self.undated = update(conversation).where(dateless).values(expires=until)
        # What somebody else is at work on is left for the next time; SQLite has nobody else.
        # A clock that goes on within a statement keeps a server from using the index.
        stable = now if here else cast(func.extract("epoch", func.statement_timestamp()), Double)
        waits = event.alias()
        now_or_over = or_(waits.c.due.is_(None), waits.c.due <= stable)
        waiting = and_(waits.c.conv == conversation.c.id, ~waits.c.done, now_or_over)
        self.expired = (
            select(conversation.c.id)
            .where(conversation.c.expires <= stable)
            # Whoever has just written is heard first.
            .where(~select(waits.c.conv).where(waiting).exists())
            .order_by(conversation.c.expires)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        in_order = select(message.c.conv, message.c.pos).where(message.c.conv == conv)
        in_order = in_order.order_by(message.c.pos).with_for_update()
        own_pace = select(budget.c.key).where(budget.c.key == conv).with_for_update(skip_locked=True)
        self.erase: list[Executable] = [
            delete(conversation).where(conversation.c.id == conv),
            # What was accepted and not taken yet will be answered, whatever happens.
            delete(event).where(event.c.conv == conv, or_(event.c.done, event.c.due.is_not(None))),
            delete(message).where(tuple_(message.c.conv, message.c.pos).in_(in_order)),
            delete(budget).where(budget.c.key.in_(own_pace)),
        ]
        if not here:
            # A timer stands among the jobs until it fires, though its reminder was called off.
            self.erase.append(text(f"{_JOBS} AND args->>'conversation' = :of").bindparams(conv))
        self.ended = text("DELETE FROM procrastinate_jobs WHERE status NOT IN ('todo', 'doing')")
        self.unpaced = delete(budget).where(budget.c.key == conv, ~exists().where(conversation.c.id == conv))
        past = (
            select(budget.c.key).where(budget.c.tat <= stable).limit(most).with_for_update(skip_locked=True)
        )
        self.rested = delete(budget).where(budget.c.key.in_(past))


_statements = cache(_Statements)


class Transaction:
    """One transaction under way, and what it wakes once it is committed.

    Takes a connection that has begun one, and the keys that all which is said goes in and out by. Its
    methods do part of the work; whoever opened it commits or rolls back. Those that read raise
    `UnopenedError` where no key opens what they find.
    """

    __slots__ = ("_clock", "_on", "_run", "connection", "keys", "wakes")

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self.connection = connection
        self.keys = keys
        self._clock = connection.dialect.name == "sqlite"
        self._run: Run = quick(connection)
        self._on = _statements(connection.dialect.name)
        self.wakes: list[Wake] = []

    def _at(self, now: float) -> dict[str, float]:
        """What the statements read as the time: a server has its own."""
        return {"now": now} if self._clock else {}

    def accept(self, conv: str, event_id: str, body: str, now: float, due: float | None = None) -> bool:
        """Stores an event, due at a time or at once; False, and nothing stored, where its id is known."""
        if not self._clock:
            # Two at the same moment would be given the same place, and be taken in any order.
            self._run(self._on.turns, {"of": conv})
        added = self._run(
            self._on.accept,
            {
                "of": conv,
                "event": event_id,
                "body": self.keys.seal(conv, body),
                "accepted": now,
                "due": due,
            },
        )
        if added.one_or_none() is None:
            return False
        self.wakes.append(Wake("turn", conv) if due is None else Wake("timer", conv, due))
        return True

    def load(self, conv: str, now: float) -> Kept | None:
        """The conversation with the first event that waits in it; None where none does."""
        row = self._run(self._on.load, {"of": conv, **self._at(now)}).one_or_none()
        if row is None:
            return None
        state, version, event_id, body, accepted, due = row
        if state is not None:
            state = self.keys.open(conv, state)
        return Kept(state, version or 0, event_id, self.keys.open(conv, body), accepted, due)

    def state(self, conv: str) -> tuple[str, int] | None:
        """A conversation's session as JSON and its version; None where there is no such conversation."""
        row = self._run(self._on.state, {"of": conv}).one_or_none()
        return None if row is None else (self.keys.open(conv, row[0]), row[1])

    def shown(self, conv: str) -> str:
        """What the platform calls the message whose buttons stand, "" for none."""
        row = self._run(self._on.whole, {"of": conv}).one_or_none()
        return self.keys.open(conv, row[1]) if row else ""

    def save(
        self, conv: str, kept: Kept, state: str, payloads: Sequence[str], expires: float | None = None
    ) -> bool:
        """Stores a turn: the session after it, its event done, its messages to be sent.

        Takes what `load` returned, and when all of the conversation is erased. Returns False, and stores
        nothing, where somebody has saved or erased the conversation since.
        """
        sealed, this = self.keys.seal(conv, state), {"of": conv, "event": kept.event}
        if kept.version:
            after = {**this, "after": sealed, "before": kept.version, "until": expires}
            saved = self._run(self._on.save, after)
        else:
            saved = self._run(self._on.begin, {"of": conv, "state": sealed, "until": expires})
        if saved.one_or_none() is None:
            return False
        if not self._run(self._on.done, this).rowcount and not kept.version:
            # It was another that began with this event, and is forgotten.
            self._run(self._on.unbegun, this)
            return False
        self._queue(conv, (kept.version + 1) * MESSAGES_MOST, payloads)
        return True

    def forget(self, conv: str, kept: Kept, payloads: Sequence[str]) -> bool:
        """Erases a conversation, and stores only the messages that say so; they go as they are sent.

        Takes what `load` returned. What was accepted since begins a new conversation. Returns False,
        and changes nothing, where somebody has saved or erased the conversation since.
        """
        this = {"of": conv, "event": kept.event}
        if kept.version and not self._run(self._on.leave, {**this, "before": kept.version}).rowcount:
            return False
        if not self._run(self._on.done, this).rowcount:
            return False
        self._erase([conv, *self._asides(conv)])
        # Whatever a new conversation is told comes after it.
        self._queue(conv, 0, payloads)
        return True

    def _queue(self, conv: str, first: int, payloads: Sequence[str]) -> None:
        if not payloads:
            return
        self._run(
            self._on.queue,
            [
                {
                    "conv": conv,
                    "pos": first + number,
                    "payload": self.keys.seal(conv, payload),
                    "not_before": 0.0,
                    "tries": 0,
                }
                for number, payload in enumerate(payloads)
            ],
        )
        self.wakes.append(Wake("out", conv))

    def _erase(self, convs: Sequence[str]) -> None:
        those: list[Values] = [{"of": conv} for conv in convs]
        for statement in self._on.erase:
            self._run(statement, those)

    def remind(self, conv: str, reminders: Sequence[tuple[Reminder, str]], now: float) -> None:
        """Makes the timers of a conversation those that are wanted.

        Takes each reminder with the body of its event. Its event's id is made of its name and time,
        so that the same one is never stored twice.
        """
        wanted = {f"due:{reminder.name}:{reminder.at!r}": (reminder, body) for reminder, body in reminders}
        for (timer,) in self._run(self._on.timers, {"of": conv}).all():
            if wanted.pop(timer, None) is None:
                self._run(self._on.no_timer, {"of": conv, "event": timer})
        for timer, (reminder, body) in wanted.items():
            self.accept(conv, timer, body, now, reminder.at)

    def claim(self, conv: str, pace: Pace, now: float) -> Claim | None:
        """The message to be sent next, its slot in the budget taken; None where there is none.

        Where it has to wait, it is to be claimed again after that; where that is longer than
        `WAIT_HERE`, the conversation is woken for it. One that can't be opened is returned with its fault
        and nothing else, since raising that would undo what was noted of the one before it.
        """
        row = self._run(self._on.head, {"of": conv, **self._at(now)}).one_or_none()
        if row is None:
            return None
        pos, payload, not_before, tries, shown, now = row
        try:
            payload = self.keys.open(conv, payload)
            shown = None if shown is None else self.keys.open(conv, shown)
        except UnopenedError as fault:
            return Claim(pos, "", 0.0, tries, shown, fault)
        at = not_before if 0 < not_before <= now + WAIT_MOST else 0.0
        if not not_before:
            slots = (
                self._reserve(conv, pace.chat, pace.chat_burst, now),
                self._reserve(pace.budget(conv), pace.bot, pace.bot_burst, now),
            )
            at = max(*slots, now)
        where = {"of": conv, "place": pos, "at": at or now}
        if at > now:
            if not not_before:
                self._run(self._on.wait, where)
            if at - now > WAIT_HERE:
                self.wakes.append(Wake("out", conv, at))
            return Claim(pos, payload, at - now, tries, shown)
        self._run(self._on.tried, where)
        return Claim(pos, payload, 0.0, tries + 1, shown)

    def _reserve(self, key: str, interval: float, burst: int, now: float) -> float:
        """Takes the next slot of a pace (GCRA); returns when it is, in the past where it is free."""
        if not interval:
            return now
        paced = {"key": key, "interval": interval, "moment": now}
        tat: float = self._run(self._on.reserve, paced).scalar_one()
        return tat - interval * burst

    def sent(self, conv: str, pos: int, shown: str | None) -> None:
        """Notes that a message was sent, or never can be, and what the platform calls what stands now."""
        if shown is not None:
            named = {"of": conv, "place": pos, "name": self.keys.seal(conv, shown)}
            self._run(self._on.shown, named)
        self._run(self._on.sent, {"of": conv, "place": pos})

    def over(self, conv: str) -> None:
        """Forgets how fast a forgotten conversation was written to, when it was told all."""
        self._run(self._on.unpaced, {"of": conv})

    def later(self, conv: str, pos: int, seconds: float, now: float) -> None:
        """Puts a message off for so many seconds, at most `WAIT_MOST`; the conversation is woken then."""
        put_off = {"of": conv, "place": pos, "seconds": min(seconds, WAIT_MOST), **self._at(now)}
        for (at,) in self._run(self._on.later, put_off):
            self.wakes.append(Wake("out", conv, at))

    def drop(self, conv: str) -> None:
        """Takes away all that was to be sent to a conversation."""
        self._run(self._on.unsent, {"of": conv})

    def waiting(self, platforms: Sequence[str], now: float, most: int = 1000) -> list[Wake]:
        """What can be done now for the conversations of these platforms, at most so much of each kind."""
        wakes = []
        for platform in platforms:
            # Ids begin with the platform and a colon, and a semicolon is what sorts next.
            span = {"first": f"{platform}:", "last": f"{platform};"}
            for ready in self._on.ready:
                found = self._run(ready, {**span, **self._at(now), "most": most})
                wakes += [Wake("turn", conv) for conv in dict.fromkeys(conv for (conv,) in found)]
            for conv, at in self._run(self._on.sendable, {**span, **self._at(now), "most": most}):
                wakes.append(Wake("out", conv, at if at <= now + WAIT_MOST else 0.0))
        return wakes

    def look(self, conv: str, now: float) -> None:
        """Wakes a conversation for the first of its reminders, now or when it falls due."""
        due, now = self._run(self._on.due, {"of": conv, **self._at(now)}).one()
        if due is not None:
            self.wakes.append(Wake("turn", conv) if due <= now else Wake("timer", conv, due))

    def depth(self, now: float) -> Waiting:
        """How much is yet to be done."""
        row = self._run(self._on.depth, self._at(now)).one()
        return Waiting(row[0] + row[1], row[2])

    def purge(self, before: float, now: float, most: int = 1000) -> int:
        """Forgets the ids of events that were accepted before a time and are done, at most so many.

        Returns how many those were. Paces that nobody has used up go as well, which are as good as none,
        and jobs that ended otherwise than well: nobody asks for them, and they hold ids.
        """
        if not self._clock:
            self._run(self._on.ended, {})
        self._run(self._on.rested, {**self._at(now), "most": most})
        return self._run(self._on.purge, {"before": before, "most": most}).rowcount

    def expire(self, until: float, now: float, most: int = 200) -> int:
        """Erases conversations whose time is over, at most so many; returns how many those were.

        Takes also when those are erased that have no such time yet, or one by a clock that wasn't set.
        """
        self._run(self._on.undated, {"until": until})
        found = [conv for (conv,) in self._run(self._on.expired, {**self._at(now), "most": most}).all()]
        if found:
            self._erase(found)
        return len(found)

    def write(self, conv: str, state: str) -> None:
        """Writes a session over whatever there is, with nothing left to be sent."""
        self.drop(conv)
        self._run(self._on.write, {"of": conv, "state": self.keys.seal(conv, state)})

    def set_aside(self, conv: str) -> str:
        """Keeps a conversation that can't be read, unchanged, under an id of its own; returns that.

        What was yet to be sent goes: the one that begins in its place counts its messages anew.
        """
        self.drop(conv)
        numbers = [int(each.rpartition("!")[2]) for each in self._asides(conv)]
        aside = f"{conv}!{max(numbers, default=0) + 1}"
        for whole in self._run(self._on.whole, {"of": conv}).all():
            state, shown = (self.keys.seal(aside, self.keys.open(conv, each)) for each in whole)
            self._run(self._on.rename, {"of": conv, "to": aside, "after": state, "name": shown})
        return aside

    def _asides(self, conv: str) -> list[str]:
        first = f"{conv}!"
        found = [aside for (aside,) in self._run(self._on.asides, {"aside": first})]
        return [aside for aside in found if aside.removeprefix(first).isdecimal()]

    def erase(self, owner: str) -> int:
        """Erases all that is kept of the conversations of a bot or a workspace (``slack:<team>``).

        Returns how many those were.
        """
        first = f"{owner}:"

        def theirs(column: ColumnElement[str]) -> ColumnElement[bool]:
            # How a server sorts a colon is up to its locale, so nothing is said of what lies between two.
            return func.substr(column, 1, len(first)) == first

        erased = self._run(delete(conversation).where(theirs(conversation.c.id)), {}).rowcount
        self._run(delete(event).where(theirs(event.c.conv)), {})
        self._run(delete(message).where(theirs(message.c.conv)), {})
        self._run(delete(budget).where(or_(budget.c.key == owner, theirs(budget.c.key))), {})
        if not self._clock:
            jobs = text(f"{_JOBS} AND starts_with(args->>'conversation', :first)")
            self._run(jobs.bindparams(bindparam("first", type_=Text)), {"first": first})
        return erased
