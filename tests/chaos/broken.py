"""Turns that break a promise on purpose, to see that the harness notices (``CHAOS_BREAK``)."""

from __future__ import annotations

import asyncio

from sqlalchemy import delete, select, update

from bot.store import Kept, Transaction
from bot.store.tables import event as events
from bot.store.tables import message as messages_table
from bot.turn import TooFastError
from bot.wire import message_in
from dialogs.events import Event, Message
from dialogs.session import Session
from tests.chaos.marked import Marked

GAP = 0.2
"""Seconds between what must not come apart, so that a kill falls in between."""


class AcceptsLate(Marked):
    """Says that an event is accepted before it is on the disk."""

    _late: set[asyncio.Task[bool]]

    async def accept(self, conversation: str, event_id: str, event: Event, locale: str = "en") -> bool:
        """Returns at once (see `Turns.accept`)."""

        async def later() -> bool:
            await asyncio.sleep(GAP)
            return await super(AcceptsLate, self).accept(conversation, event_id, event, locale)

        self._late = getattr(self, "_late", set())
        task = asyncio.create_task(later())
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        return True


class DoneFirst(Marked):
    """Notes that an event is done, and only then saves what came of it."""

    async def save(
        self, conversation: str, kept: Kept, after: Session, messages: tuple[Message, ...]
    ) -> bool:
        """Saves in two transactions (see `Turns.save`)."""
        this = (events.c.conv == conversation, events.c.id == kept.event)

        def done(on: Transaction) -> None:
            on.connection.execute(update(events).where(*this).values(done=True))

        await self.dispatcher.transact(done)
        await asyncio.sleep(GAP)
        return await super().save(conversation, kept, after, messages)


class NewestFirst(Marked):
    """Sends what waits in the wrong order."""

    async def deliver(self, conversation: str) -> None:
        """Sends the newest message first (see `Turns.deliver`)."""
        table = messages_table
        newest = select(table.c.pos, table.c.payload).where(table.c.conv == conversation)
        newest = newest.order_by(table.c.pos.desc()).limit(1)
        sender = self.senders[conversation.partition(":")[0]]

        def claim(on: Transaction) -> tuple[int, str] | None:
            row = on.connection.execute(newest).one_or_none()
            return row and (row.pos, on.keys.open(conversation, row.payload))

        while row := await self.dispatcher.transact(claim):
            pos, payload = row
            try:
                await sender.send(conversation, message_in(payload), "")
            except TooFastError as error:
                await asyncio.sleep(error.seconds)
            else:
                this = delete(table).where(table.c.conv == conversation, table.c.pos == pos)
                await self.dispatcher.transact(lambda on, this=this: on.connection.execute(this))  # type: ignore[misc]


BREAKS: dict[str, type[Marked]] = {"accept": AcceptsLate, "save": DoneFirst, "order": NewestFirst}
"""What can be broken, by its name."""
