"""``make picture``: README's pictures: a conversation off the screen of a real terminal, and its card."""

from __future__ import annotations

import tempfile
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

from pyte.screens import Char

from bot.attachments import made
from dialogs.transcript import parse, play
from tests.bot.adapters.test_terminal import DOWN, ENTER, Terminal
from tests.dialogs.people import dialog

PICTURE = Path(__file__).parents[1] / "conversation.svg"
CARD = PICTURE.with_name("verdict.png")
KEPT = "> the shop\n> 3\n> 2\n> 2\n> maybe\n> maybe\n> maybe\n> yes\n> yes\n> a picture to keep\n> light\n"
CELL, LINE, MARGIN = 8.4, 19, 18
INK = {"default": "#d7dae0", "cyan": "#6cc7d4", "brightblack": "#868c99", "black": "#868c99"}


def main() -> None:
    """Plays the end of a conversation, and another to its card, and writes the pictures."""
    with tempfile.TemporaryDirectory() as home:
        terminal = Terminal({"HOME": home, "PYTHONPATH": str(PICTURE.parent)}, columns=80, rows=57)
        for typed, seen in (
            ("the bank", "What holds you back?"),
            ("3", "And what pulls you there?"),
            ("2", "How long can you pay"),
            ("2", "any job that pays"),
            ("2", "dropped out because"),
        ):
            terminal.press(typed, ENTER)
            terminal.shows(seen)
        for seen in ("you love it", "get ready for it", "answer them honestly", "What would flip it?"):
            terminal.press(ENTER)
            terminal.shows(seen, "❯  1")
        terminal.press(DOWN, DOWN, DOWN)
        terminal.shows("❯  4")
        PICTURE.write_text(drawn(terminal), encoding="utf-8")
        terminal.process.close(force=True)
    *_, last = play(dialog(), parse(KEPT))
    CARD.write_bytes(made(last.messages[0].attachments[0]).content)


def drawn(terminal: Terminal) -> str:
    """The screen of a terminal as SVG."""
    screen = terminal.screen
    rows = [[screen.buffer[row][column] for column in range(screen.columns)] for row in range(screen.lines)]
    while rows and not any(char.data.strip() for char in rows[-1]):
        rows.pop()
    width, height = screen.columns * CELL + 2 * MARGIN, len(rows) * LINE + 2 * MARGIN
    lines = [
        f'<text y="{MARGIN + (number + 0.75) * LINE:.1f}" xml:space="preserve">{_spans(row)}</text>'
        for number, row in enumerate(rows)
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
            "<title>A conversation with whatif in a terminal, at its verdict</title>",
            f'<rect width="{width:.0f}" height="{height:.0f}" rx="10" fill="#1d2026"/>',
            '<g font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="14">',
            *lines,
            "</g>",
            "</svg>",
            "",
        ]
    )


def _spans(row: list[Char]) -> str:
    spans = []
    column = 0
    for (ink, bold), run in groupby(row, key=lambda char: (char.fg, char.bold)):
        text = "".join(char.data for char in run)
        start, column = column, column + len(text)
        if text.strip():
            weight = ' font-weight="bold"' if bold else ""
            style = f'x="{MARGIN + start * CELL:.1f}" fill="{INK.get(ink, INK["default"])}"{weight}'
            spans.append(f"<tspan {style}>{escape(text.rstrip())}</tspan>")
    return "".join(spans)


if __name__ == "__main__":
    main()
