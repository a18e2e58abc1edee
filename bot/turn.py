"""A turn: accept an event, step, save, deliver.

State changes once; a message is sent at least once. An event is accepted when it is on the disk, and
only then does the platform hear so. A step is the pure dialog's. What came of it is saved together or
not at all, and what is to be sent is sent from there, in order: whoever is killed in between leaves
nothing that somebody else can't go on with.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

from bot.dispatch import Dispatcher
from bot.logs import place
from bot.pace import Pace
from bot.store import Claim, Kept, Transaction, Wake
from bot.store.transaction import WAIT_HERE
from bot.watch import UNWATCHED, Watch
from bot.wire import event_in, event_out, message_in, message_out
from dialogs.engine import Dialog
from dialogs.events import Command, Due, Event, Message
from dialogs.session import NewerError, Session, SessionError, dumps, loads
from dialogs.settings import kept_for

log = logging.getLogger(__name__)

DAY = 86_400.0

BACKOFF_MOST = 60.0
"""Seconds between two tries to send, at most."""


class TooFastError(Exception):
    """A platform asks for patience with one conversation.

    Takes the seconds it asks for.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"asked to wait {seconds:g} s")
        self.seconds = seconds


class GoneError(Exception):
    """Nothing can be sent to this conversation any more: the bot is blocked, or the chat is no more."""


class UnsendableError(Exception):
    """This message can't be sent, now or ever; its text says why, and repeats none of its words."""


class Sender(Protocol):
    """The half of an adapter that writes to its platform."""

    @property
    def pace(self) -> Pace:
        """How fast it may write."""

    async def send(self, conversation: str, message: Message, shown: str) -> str | None:
        """Sends a message.

        Takes what the platform calls the message whose buttons stand ("" for none); returns what it
        calls the one whose buttons stand now, or None where that is still the same. Raises
        `TooFastError`, `GoneError` or `UnsendableError`; after any other error it is sent again later.
        """


@runtime_checkable
class Forgetful(Protocol):
    """A sender that keeps something of conversations itself, in memory or in files."""

    async def forget(self, conversation: str, shown: str = "") -> None:
        """Drops all that it keeps of a conversation, and takes away the buttons that stand.

        Takes what the platform calls the message that has them, "" for none, as soon as that is erased.
        It is called before the conversation is erased, so that nobody is told so before it is true, and
        once more after that; what it raises keeps the conversation until the turn is taken again. Of many
        processes, only the one that takes the turn calls it.
        """


class Turns:
    """The turns of all conversations.

    Takes the dialog, the dispatcher, and the sender of each platform by the word that its
    conversations' ids begin with (``tg``); a watch that counts, and the time in seconds since 1970.
    """

    def __init__(
        self,
        dialog: Dialog,
        dispatcher: Dispatcher,
        senders: Mapping[str, Sender],
        watch: Watch = UNWATCHED,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.dialog = dialog
        self.dispatcher = dispatcher
        self.senders = senders
        self.watch = watch
        self.clock = clock

    async def start(self) -> None:
        """Begins with what was left undone."""
        await self.dispatcher.start({"turn": self.take, "out": self.deliver, "timer": self.look})

    async def accept(self, conversation: str, event_id: str, event: Event, locale: str = "en") -> bool:
        """Accepts an event: once this returns, it will be answered, whatever happens.

        Takes the conversation's id, the platform's id of the event, and the locale of a conversation
        that begins with it. Returns False where the event is known already. Raises `StoreError` where
        it wasn't accepted.
        """
        body, now = event_out(event, locale), self.clock()
        new = await self.dispatcher.transact(lambda on: on.accept(conversation, event_id, body, now))
        self.watch.accepted(new)
        return new

    async def take(self, conversation: str) -> None:
        """Takes the turns of a conversation: every event that waits, in order.

        Raises `StoreError`, also where no key opens what is kept (it stays as it is until one does), and
        `NewerError` where only a newer program can take them.
        """

        def load(on: Transaction) -> Kept | None:
            return on.load(conversation, self.clock())

        while kept := await self.dispatcher.transact(load):
            try:
                after, messages = self.step(conversation, kept)
            except NewerError:
                # While replicas are updated one by one, one that is updated takes it.
                raise
            except SessionError as error:
                # The error's text tells what stands there, so only its place goes into the log.
                where = place(error)
                log.error("a conversation can't be read and is set aside: %s", where, extra=_of(conversation))
                await self.dispatcher.transact(lambda on: on.set_aside(conversation))
                continue
            if await self.save(conversation, kept, after, messages):
                self.watch.turned(self.clock() - (kept.due or kept.accepted))
                for useful in (message.counts for message in messages if message.counts):
                    self.watch.found(useful)

    def step(self, conversation: str, kept: Kept) -> tuple[Session, tuple[Message, ...]]:
        """Runs the dialog, with no transaction open.

        Returns the session after the event and what is to be sent. Raises `SessionError` where the
        conversation can't be read.
        """
        session = Session() if kept.state is None else loads(kept.state, self.dialog.flow)
        try:
            event, locale = event_in(kept.body)
            if kept.state is None:
                session = Session(locale if locale in self.dialog.words else session.locale)
            # By the clock of this process a reminder may come early that the server found due.
            return self.dialog.step(session, event, max(self.clock(), kept.due or 0.0))
        except NewerError:
            raise
        except Exception as error:
            # One event that nobody can take must not keep all that come after it waiting. What was
            # said may stand in the error, so only its place goes into the log.
            where = f"{type(error).__name__} at {place(error)}"
            log.error("an event can't be taken and is left out: %s", where, extra=_of(conversation))
            return session, ()

    async def save(
        self, conversation: str, kept: Kept, after: Session, messages: tuple[Message, ...]
    ) -> bool:
        """Saves a turn; False where somebody else took it in the meantime. Raises `StoreError`."""
        payloads = [message_out(message) for message in messages]
        if after.forgotten:
            return await self._forget(conversation, kept, payloads)
        state = dumps(after, self.dialog.flow)
        reminders = [(each, event_out(Due(each.name), after.locale)) for each in after.reminders]
        now = self.clock()
        # Few conversations have a reminder, so the others needn't be looked through for one.
        timed = bool(reminders) or '"reminders"' in (kept.state or "")

        def save(on: Transaction) -> bool:
            if not on.save(conversation, kept, state, payloads, self._expires(after, now)):
                return False
            if timed:
                on.remind(conversation, reminders, now)
            return True

        return await self.dispatcher.transact(save)

    def _expires(self, after: Session, now: float) -> float:
        """When a conversation is erased if nothing more is heard of it: never before its last reminder."""
        days = kept_for(after, self.dialog.keep_days)
        return max([now, *(reminder.at for reminder in after.reminders)]) + days * DAY

    async def _forget(self, conversation: str, kept: Kept, payloads: list[str]) -> bool:
        """Erases a conversation, but for the messages that say so; False as `save`."""
        sender = self.senders.get(conversation.partition(":")[0])
        if isinstance(sender, Forgetful):
            shown = await self.dispatcher.transact(lambda on: on.shown(conversation))
            await sender.forget(conversation, shown)
        if not await self.dispatcher.transact(lambda on: on.forget(conversation, kept, payloads)):
            return False
        self.watch.erased("forgotten", 1)
        log.info("a conversation is forgotten")
        if isinstance(sender, Forgetful):
            # Something of it may have been on its way in the meantime.
            await sender.forget(conversation)
        return True

    async def look(self, conversation: str) -> None:
        """A reminder's time has come. Raises `StoreError`."""
        await self.dispatcher.transact(lambda on: on.look(conversation, self.clock()))

    async def deliver(self, conversation: str) -> None:
        """Sends what is to be sent to a conversation, in order, each when its time has come.

        Raises `StoreError`.
        """
        sender = self.senders[conversation.partition(":")[0]]
        sent: tuple[int, str | None] | None = None
        forgotten = False

        def claim(on: Transaction) -> Claim | None:
            if sent:
                on.sent(conversation, *sent)
            found = on.claim(conversation, sender.pace, self.clock())
            if forgotten and not found:
                on.over(conversation)
            return found

        while found := await self.dispatcher.transact(claim):
            sent, forgotten = None, found.shown is None
            if found.fault:
                raise found.fault
            if found.wait > WAIT_HERE:
                return
            if found.wait:
                await asyncio.sleep(found.wait)
                continue
            try:
                shown = await sender.send(conversation, _message(found.payload), found.shown or "")
            except UnsendableError as error:
                log.error("a message can't be sent and is left out: %s", error, extra=_of(conversation))
                self.watch.sent("unsendable")
                sent = (found.pos, None)
            except Exception as error:
                await self._unsent(conversation, found, error)
                return
            else:
                self.watch.sent("sent" if found.tries == 1 else "retried")
                sent = (found.pos, shown)

    async def _unsent(self, conversation: str, claim: Claim, error: Exception) -> None:
        """Decides what becomes of a message that wasn't sent."""
        now = self.clock()
        if isinstance(error, GoneError):
            self.watch.sent("gone")
            body = event_out(Command("gone"), "en")

            def end(on: Transaction) -> None:
                on.drop(conversation)
                if claim.shown is None:
                    on.over(conversation)
                else:
                    on.accept(conversation, f"gone:{claim.pos}", body, now)

            await self.dispatcher.transact(end)
            return
        if isinstance(error, TooFastError):
            self.watch.sent("too_fast")
            seconds = error.seconds
        else:
            self.watch.sent("failed")
            # Many wait for the same network: they shall not all come back at once.
            seconds = min(2.0 ** min(claim.tries, 16) / 2, BACKOFF_MOST) * random.uniform(0.5, 1)  # noqa: S311
        what = f"{type(error).__name__} at {place(error)}"
        log.warning("a message is tried again in %.1f s: %s", seconds, what, extra=_of(conversation))
        await self.dispatcher.transact(lambda on: on.later(conversation, claim.pos, seconds, now))

    async def resume(self, conversation: str) -> None:
        """Goes on with one conversation that a process before this one may have left."""

        def wake(on: Transaction) -> None:
            on.wakes += [Wake("turn", conversation), Wake("out", conversation)]

        await self.dispatcher.transact(wake)


def _message(payload: str) -> Message:
    """A message as it was stored. Raises `UnsendableError` where it can't be read: those behind it can."""
    try:
        return message_in(payload)
    except NewerError:
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise UnsendableError(f"its row is damaged ({type(error).__name__})") from None


def _of(conversation: str) -> dict[str, str]:
    return {"conversation": conversation}
