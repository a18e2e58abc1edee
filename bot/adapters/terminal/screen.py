"""Somebody at a terminal: styled text, options to pick with keys, by number or by typing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Protocol

from prompt_toolkit import PromptSession, print_formatted_text
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import FormattedText, StyleAndTextTuples
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import Output
from prompt_toolkit.styles import Style
from prompt_toolkit.utils import get_cwidth

from bot.adapters.terminal import UNHURRIED, Accept
from bot.adapters.terminal.files import Files, UnkeptError
from dialogs import markup
from dialogs.events import Choice, Chose, Command, Event, Message, Picked, Said, Started

WIDTH_MOST = 76
"""Columns of a line of text; longer lines are hard to read, however wide the window."""

STYLES = {
    "b": "bold",
    "i": "italic",
    "code": "ansicyan",
    "a": "underline",
    "blockquote": "italic",
    "quiet": "ansibrightblack",
    "cursor": "ansicyan bold",
}


class Hints(Protocol):
    """The terminal's own words: a block of ``templates/<locale>/terminal/asking.j2``, rendered."""

    def __call__(self, block: str, **variables: object) -> str:
        """Takes the block's name and what it reads; returns plain text."""


class Screen:
    """A terminal with somebody at it: shows messages, and reads what is picked or typed.

    Takes the terminal's words, where files are kept, and its input and output, the real ones unless others
    are given.
    """

    pace = UNHURRIED

    def __init__(
        self, hints: Hints, files: Files, source: Input | None = None, sink: Output | None = None
    ) -> None:
        self._files = files
        self._left = False
        self._untold: Event | None = None
        self._hints = hints
        self._sink = sink
        self._style = Style.from_dict(STYLES)
        self._asked = Message("", "")
        self._cursor = 0
        self._ticked: set[str] = set()
        self._warning = ""
        self._answer: Event = Started()
        self._prompt: PromptSession[str] = PromptSession(
            self._asking,
            style=self._style,
            input=source,
            output=sink,
            key_bindings=self._keys(),
            erase_when_done=True,
        )

    async def run(self, accept: Accept) -> None:
        """A conversation, until the person leaves by a word for it, Ctrl-C or Ctrl-D.

        Takes what accepts events. What was answered is kept.
        """
        event: Event = Started()
        while True:
            self._untold = event
            await accept(event)
            if self._left:
                return
            try:
                event = await self.ask()
            except (KeyboardInterrupt, EOFError):
                event = Command("stop")

    async def send(self, conversation: str, message: Message, _shown: str) -> None:
        """Shows a message, below what it answers, and where its files are."""
        if self._untold and message.replaces is None:
            # What isn't told back as an answer would leave no trace.
            self.trace(self._untold)
        self._untold = None
        self.show(message)
        for attachment in message.attachments:
            try:
                said = self._hints("file", path=await self._files.keep(conversation, attachment))
            except UnkeptError as error:
                said = self._hints("file_unkept", name=attachment.name, why=error)
            # A path in one piece can be copied, or clicked on.
            self._print([("class:quiet", f"  {printable(said)}")])
            self._print([])
        self._left = self._left or message.ends

    async def forget(self, conversation: str, _shown: str = "") -> None:
        """Removes the files of a conversation. Raises OSError where one of them stays."""
        await self._files.forget(conversation)

    def show(self, message: Message) -> None:
        """Prints a message; one that asks something is what `ask` asks from then on."""
        quiet = "class:quiet" if message.replaces is not None else ""
        for line in wrapped(markup.with_quoted(message.text, message.copyable), self._width()):
            self._print([("", "  "), *((quiet or style, text) for style, text in line)])
        self._print([])
        if message.choices or message.pick or message.controls:
            again = [choice.token for choice in message.choices] == [c.token for c in self._asked.choices]
            self._asked = message
            if not again:
                self._cursor = next((n for n, choice in enumerate(message.choices) if choice.picked), 0)
                self._ticked = {c.token for c in message.choices if c.ticks and c.picked}

    def trace(self, event: Event) -> None:
        """Prints what was typed or chosen, quietly."""
        match event:
            case Said(text):
                said = printable(text)
            case Chose(token):
                said = next((choice.label for choice in self._asked.choices if choice.token == token), "")
            case _:
                return
        self._print([("class:quiet", f"› {said}")])
        self._print([])

    async def ask(self) -> Event:
        """Waits for an answer to what was asked last.

        Raises `KeyboardInterrupt` on Ctrl-C and `EOFError` on Ctrl-D.
        """
        self._warning = ""
        await self._prompt.prompt_async()
        return self._answer

    def _print(self, fragments: Iterable[tuple[str, str]]) -> None:
        print_formatted_text(FormattedText(fragments), style=self._style, output=self._sink)

    def _asking(self) -> StyleAndTextTuples:
        """What stands above the line to type on: the choices, and what else can be done."""
        asked = self._asked
        rows = [(choice.label, choice.token in self._ticked, choice.ticks) for choice in asked.choices]
        if asked.done:
            rows.append((asked.done, False, False))
        shown: StyleAndTextTuples = []
        for row, (label, ticked, ticks) in enumerate(rows):
            here = row == self._cursor
            number = f"{row + 1:>2} " if row < len(asked.choices) else "   "
            box = ("[x] " if ticked else "[ ] ") if ticks else ""
            shown.append(("class:cursor" if here else "class:quiet", f"  {'❯' if here else ' '} {number}"))
            shown.append(("class:cursor" if here else "", f"{box}{label}\n"))
        hints = [line for hint in self._hinted() if hint for line in wrapped(escape(hint), self._width())]
        shown += [("class:quiet", f"  {''.join(text for _, text in line)}\n") for line in hints]
        return [*shown, ("class:cursor", "› ")]

    def _hinted(self) -> tuple[str, str]:
        """Two hints: how far along and how to answer; and what can be said instead."""
        asked = self._asked
        parts = (
            [self._hints("progress", at=asked.progress[0], of=asked.progress[1])] if asked.progress else []
        )
        if self._warning:
            parts.append(self._hints(self._warning))
        elif asked.pick == "many":
            parts.append(self._hints("many", done=asked.done))
        elif asked.pick == "text":
            parts.append(self._hints("text", skip=self._skip() is not None))
        elif asked.pick == "date":
            parts.append(self._hints("date"))
        elif asked.pick:
            parts.append(self._hints("one"))
        told = self._hints("words").split(", ")
        words = [control.option for control in asked.controls if control.option not in told]
        return " · ".join(parts), ", ".join([*words, self._hints("words")])

    def _skip(self) -> Choice | None:
        return next((control for control in self._asked.controls if control.option == "skip"), None)

    def _width(self) -> int:
        return min(self._prompt.output.get_size().columns - 4, WIDTH_MOST)

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        nothing_typed = Condition(lambda: not self._prompt.default_buffer.text)

        @keys.add("up", filter=nothing_typed)
        @keys.add("s-tab", filter=nothing_typed)
        def _(_event: KeyPressEvent) -> None:
            self._step(-1)

        @keys.add("down", filter=nothing_typed)
        @keys.add("tab", filter=nothing_typed)
        def _(_event: KeyPressEvent) -> None:
            self._step(+1)

        @keys.add(" ", filter=nothing_typed)
        def _(_event: KeyPressEvent) -> None:
            self._tick()

        @keys.add("enter")
        def _(event: KeyPressEvent) -> None:
            if answer := self._entered(event.current_buffer.text):
                self._answer = answer
                event.app.exit(result="")

        return keys

    def _step(self, by: int) -> None:
        rows = len(self._asked.choices) + bool(self._asked.done)
        self._cursor = (self._cursor + by) % rows if rows else 0

    def _tick(self) -> bool:
        """Ticks or unticks what the cursor is on; False where that takes no tick."""
        choices = self._asked.choices
        if self._cursor >= len(choices) or not choices[self._cursor].ticks:
            return False
        self._warning = ""
        self._ticked ^= {choices[self._cursor].token}
        return True

    def _entered(self, typed: str) -> Event | None:
        """What Enter means now; None where it answers nothing yet."""
        choices = self._asked.choices
        done = self._asked.done and typed.strip().casefold() == self._asked.done.casefold()
        if typed.strip() and not done:
            return Said(typed)
        if not choices:
            skip = self._skip() if self._asked.pick == "text" else None
            return Chose(skip.token) if skip else None
        if not done and self._tick():
            return None
        if not done and self._cursor < len(choices):
            return Chose(choices[self._cursor].token)
        if not self._ticked:
            self._warning = "tick_first"
            return None
        return Picked(self._asked.token, tuple(c.option for c in choices if c.token in self._ticked))


def printable(text: str) -> str:
    """What somebody typed, with whatever could act on a terminal as a dot."""
    return "".join(char if char.isprintable() else "·" for char in text)


def wrapped(text: str, width: int) -> Iterator[list[tuple[str, str]]]:
    """A text in the markup as lines of styled fragments.

    Takes the text and the columns a line may have (a word that is wider stands alone);
    yields a list of (style, text) for each line, empty between paragraphs.
    A bulleted line hangs under its bullet.
    """
    cells = [
        (" ".join(f"class:{tag}" for tag in span.tags), char)
        for span in markup.parse(text)
        for char in span.text
    ]
    for line in _split(cells, "\n"):
        hanging = [("", " "), ("", " ")] if line and line[0][1] == "•" else []
        row: list[tuple[str, str]] = []
        for word in _split(line, " "):
            if row and _width(row) + 1 + _width(word) > width:
                yield _merged(row)
                row = [*hanging, *word]
            else:
                row += [*([("", " ")] if row else []), *word]
        yield _merged(row)


def _split(cells: Sequence[tuple[str, str]], at: str) -> Iterator[list[tuple[str, str]]]:
    part: list[tuple[str, str]] = []
    for cell in cells:
        if cell[1] == at:
            yield part
            part = []
        else:
            part.append(cell)
    yield part


def _width(cells: Iterable[tuple[str, str]]) -> int:
    return sum(get_cwidth(char) for _, char in cells)


def _merged(cells: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [
        (style, "".join(char for _, char in run)) for style, run in groupby(cells, key=lambda cell: cell[0])
    ]
