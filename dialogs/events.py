"""What comes into a conversation and what goes out of it: frozen values, a closed set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Started:
    """Somebody opened the conversation, for the first time or again."""


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody typed something; where it was typed into a form, with the token of what that answers."""

    text: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class Chose:
    """Somebody pressed one button, named by its token (``decide/prepare:yes~7``).

    `ticked` holds the option ids that were ticked beside it and not submitted; None where there were no
    boxes to tick.
    """

    token: str
    ticked: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Picked:
    """Somebody submitted a several-choice question: its token (``decide/pulls~3``) and the option ids."""

    token: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """Somebody asked for something by name: ``back``, ``help``, ``restart`` and so on."""

    name: str


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder's time has come: the reminder is called by its name."""

    name: str


Event = Started | Said | Chose | Picked | Command | Due


def option_of(token: str) -> str:
    """The option that a token names, ``yes`` in ``decide/prepare:yes~7``; nothing where it names none."""
    return token.rpartition("~")[0].partition(":")[2]


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: what pressing it sends back and what stands on it.

    `label` is plain text, `token` at most 64 bytes (Telegram's ``callback_data``). `ticks` says that
    it takes a tick, to be submitted with others, and doesn't answer at once; `picked` that it is
    ticked, or was the answer, already.
    """

    token: str
    label: str
    picked: bool = False
    ticks: bool = False

    @property
    def option(self) -> str:
        """The id of the option or command that the token names."""
        return option_of(self.token)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to go with a message, described: whoever sends it makes it.

    `kind` says how it is made (``card``, ``calendar``) or that `data` is all of it (``file``); `name` is
    the file's name, of letters, digits, ``-`` and one dot; `data` is JSON for what is made, text otherwise.
    """

    kind: Literal["card", "calendar", "file"]
    name: str
    data: str


Useful = Literal["yes", "no"]
"""What somebody says who is asked whether it was of use."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something to show.

    `state` names what it shows (``decide/prepare``); `note` is what scripts read beside it
    (the verdict and its row).
    `text` is in the one markup that templates use (see :mod:`dialogs.markup`).
    `choices` answer the open question, `controls` (skip, back, why) go round it.
    `pick` says how many of the choices may be taken, or that a text or a date is asked for, None where
    there is nothing to answer. A date is chosen as an option of its own, written as ``2026-12-03``.
    `token` names the asking where that isn't in a choice: for several of them (`Picked`), for a date, and
    for what is written into a form (`Said`); `done` is the label of the button that submits several.
    `progress` is (this question, of so many).
    `replaces` numbers the asking that this message answers, so that an adapter can put it in
    place of the old keyboard. `ends` says that the person is leaving for now. `locale` is that of its
    words, for what an adapter adds of its own. `attachments` go with it, and `copyable` is plain text
    that one tap should copy, where the platform can. `counts` is what is counted once its turn is saved:
    it is no part of what is shown, stored or sent.
    """

    state: str
    text: str
    choices: tuple[Choice, ...] = ()
    controls: tuple[Choice, ...] = ()
    pick: Literal["one", "many", "text", "date"] | None = None
    token: str = ""
    done: str = ""
    progress: tuple[int, int] | None = None
    replaces: int | None = None
    note: str = ""
    ends: bool = False
    locale: str = "en"
    attachments: tuple[Attachment, ...] = ()
    copyable: str = ""
    counts: Useful | None = None
