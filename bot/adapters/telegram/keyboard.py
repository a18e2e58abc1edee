"""Our choices as an inline keyboard, and the ticks in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import KeyboardButtonStyle

from dialogs.events import Choice, Message

TICK, UNTICK, DISABLED = "+", "-", "!"
"""What stands before a button's token: pressing it ticks, unticks, or does nothing yet. A tick names what
it makes, not that it changes, so that one that comes twice does nothing the second time."""

OFF, ON = "☐ ", "☑ "

NARROW = 16
"""Characters of a label that still fits beside another one on a phone."""

CONTROLS_A_ROW = 3


def keyboard(
    message: Message,
    tick_first: str,
    copy: tuple[str, str] | None,
    days: Sequence[list[InlineKeyboardButton]] = (),
) -> InlineKeyboardMarkup | None:
    """The keyboard of a message; None where it has nothing to press.

    Takes what *Done* says until something is ticked, the label and the text of a button that copies, or
    None, and the rows of a calendar.
    """
    rows: list[list[InlineKeyboardButton]] = [*days]
    if copy:
        rows.append([InlineKeyboardButton(copy[0], copy_text=CopyTextButton(copy[1]))])
    ticks = [choice for choice in message.choices if choice.ticks]
    rows += _rows([_box(choice, choice.picked) for choice in ticks])
    if message.done:
        submit = message.done if any(choice.picked for choice in ticks) else tick_first
        rows.append([_submit(message.token, submit, any(choice.picked for choice in ticks))])
    rows += _rows([_button(choice) for choice in message.choices if not choice.ticks])
    controls = [_button(control) for control in message.controls]
    rows += [controls[at : at + CONTROLS_A_ROW] for at in range(0, len(controls), CONTROLS_A_ROW)]
    return InlineKeyboardMarkup(rows) if rows else None


def ticked(markup: InlineKeyboardMarkup | None) -> frozenset[str]:
    """The tokens that are ticked in a keyboard."""
    return frozenset(data[1:] for _, data in _buttons(markup) if data.startswith(UNTICK))


def has_boxes(markup: InlineKeyboardMarkup | None) -> bool:
    """Whether there is anything to tick in a keyboard."""
    return any(data[:1] in (TICK, UNTICK) for _, data in _buttons(markup))


def with_ticks(
    markup: InlineKeyboardMarkup, tokens: frozenset[str], tick_first: str, done: str
) -> InlineKeyboardMarkup:
    """A keyboard with these tokens ticked and no others.

    Takes what *Done* says until something is ticked, and after that.
    """

    def changed(button: InlineKeyboardButton) -> InlineKeyboardButton:
        data = str(button.callback_data or "")
        if data[:1] in (TICK, UNTICK):
            label = button.text.removeprefix(OFF).removeprefix(ON)
            return _box(Choice(data[1:], label), data[1:] in tokens)
        if ":" not in data and "~" in data:
            return _submit(data.removeprefix(DISABLED), done if tokens else tick_first, bool(tokens))
        return button

    return InlineKeyboardMarkup([[changed(button) for button in row] for row in markup.inline_keyboard])


def _box(choice: Choice, on: bool) -> InlineKeyboardButton:
    sign, data = (ON, UNTICK) if on else (OFF, TICK)
    return InlineKeyboardButton(f"{sign}{choice.label}", callback_data=f"{data}{choice.token}")


def _submit(token: str, label: str, enabled: bool) -> InlineKeyboardButton:
    if not enabled:
        return InlineKeyboardButton(label, callback_data=f"{DISABLED}{token}")
    return InlineKeyboardButton(label, callback_data=token, style=KeyboardButtonStyle.PRIMARY)


def _button(choice: Choice) -> InlineKeyboardButton:
    label = f"{ON}{choice.label}" if choice.picked else choice.label
    return InlineKeyboardButton(label, callback_data=choice.token)


def _rows(buttons: Sequence[InlineKeyboardButton]) -> Iterator[list[InlineKeyboardButton]]:
    """Two to a row where both labels are short, one otherwise."""
    at = 0
    while at < len(buttons):
        pair = list(buttons[at : at + 2])
        if len(pair) == 2 and max(len(button.text) for button in pair) <= NARROW:
            yield pair
            at += 2
        else:
            yield pair[:1]
            at += 1


def _buttons(markup: InlineKeyboardMarkup | None) -> Iterable[tuple[str, str]]:
    for row in markup.inline_keyboard if markup else ():
        for button in row:
            yield button.text, str(button.callback_data or "")
