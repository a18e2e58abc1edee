"""What people do in a run, made so that what must come of it is known beforehand."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from bot.wire import event_out, message_out
from dialogs.engine import Dialog
from dialogs.events import Choice, Chose, Command, Due, Event, Message, Picked, Said, Started
from dialogs.session import Session, dumps, loads

LOCALE = "en"

SAYINGS = (
    "The pay looks way too low but rent is due",
    "I need the practice",
    "they went quiet on me",
    "hm",
    "no idea, to be honest",
    "what about lunch?",
)
"""Things to type: some that are understood, some that are not."""


def marked(message: Message, turn: int, number: int) -> Message:
    """A message with its place in the conversation: how many turns were saved before, and which it is."""
    return replace(message, note=f"{turn}.{number}")


def mark_of(payload: str) -> str:
    """The place that a message's JSON carries."""
    return str(json.loads(payload).get("note", "?"))


@dataclass(frozen=True, slots=True)
class Step:
    """One event and what must be sent for it, as JSON; a reminder's (`reminds`) comes by itself."""

    id: str
    body: str
    messages: tuple[str, ...]
    reminds: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """One conversation: its events in their order, and its session's JSON after the last."""

    conversation: str
    steps: tuple[Step, ...]
    state: str

    @property
    def messages(self) -> list[str]:
        """All that must be sent, in order."""
        return [message for step in self.steps for message in step.messages]


def same_state(one: str, other: str) -> bool:
    """Whether two sessions' JSON are the same but for the times of reminders."""

    def timeless(text: str) -> Any:
        data = json.loads(text)
        return {**data, "reminders": [name for name, _ in data.get("reminders", [])]}

    return bool(timeless(one) == timeless(other))


def write(dialog: Dialog, number: int, updates: int, remind: bool, random: Random) -> Script:
    """Makes a conversation up.

    Takes the dialog, the conversation's number, how many updates it has, whether it asks for a
    reminder on the way, and chance.
    """
    conversation = f"loopback:chaos:{number}"
    state = dumps(Session(LOCALE), dialog.flow)
    steps: list[Step] = []
    told: tuple[Message, ...] = ()
    old: list[Choice] = []
    reminded_at = random.randrange(2, updates) if remind and updates > 2 else -1
    done = 0

    def take(event: Event, name: str, now: float = 0.0) -> None:
        nonlocal state, told
        session, messages = dialog.step(loads(state, dialog.flow), event, now)
        state = dumps(session, dialog.flow)
        told = tuple(marked(message, len(steps), place) for place, message in enumerate(messages))
        out = tuple(map(message_out, told))
        steps.append(Step(name, event_out(event, LOCALE), out, isinstance(event, Due)))

    while done < updates:
        event: Event = Started() if not steps else _next(told, old, random)
        if done == reminded_at:
            event = Command("remind")
        old += [choice for message in told for choice in message.choices]
        take(event, f"{done}")
        done += 1
        if json.loads(state).get("reminders"):
            take(Due("nudge"), "due", dialog.nudge_after)
    return Script(conversation, tuple(steps), state)


def _next(told: tuple[Message, ...], old: list[Choice], random: Random) -> Event:
    """What somebody does who was told this: mostly answers, now and then something else."""
    asked = next((message for message in reversed(told) if message.pick), None)
    kind = random.random()
    if kind < 0.06:
        return Command(random.choice(("back", "why", "help")))
    if kind < 0.12:
        return Said(random.choice(SAYINGS))
    if kind < 0.18 and old:
        return Chose(random.choice(old).token)
    if asked is None:
        return Command("restart")
    if asked.pick == "many":
        options = [choice.option for choice in asked.choices if choice.ticks]
        return Picked(asked.token, tuple(random.sample(options, min(2, len(options)))))
    if asked.choices:
        return Chose(random.choice(asked.choices).token)
    return Said(f"Analyst at Acme {random.randrange(100)}")
