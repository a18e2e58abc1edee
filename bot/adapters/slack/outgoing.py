"""Our messages to their blocks and texts: mrkdwn in which nothing that a person wrote means anything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, Option, SectionBlock

from dialogs import markup
from dialogs.events import Choice, Message

Json = dict[str, Any]

T = TypeVar("T")

SECTION_MOST = int(SectionBlock.text_max_length)
"""Characters of a section, signs of markup included."""

SECTIONS_MOST = 3
"""Sections of one message: Slack takes some 13,000 characters in all of its blocks, and asks for a
top-level text below 4,000."""

CHECKBOXES_MOST = 10

_WRITE = {True: "write.dated", False: "write"}
"""The button of the form: a question of the walk asks for a date beside the text."""

_SIGNS = {"b": "*", "i": "_", "code": "`"}

_RUN = 500
"""Characters that are never torn apart. Each may become five, as `&` does, and a section holds that."""


_ADDRESS = re.compile(r":/|\bwww\.|@.|mailto:", re.IGNORECASE)
"""What Slack tells an address by, or an alert. In a top-level text nothing can forbid it to."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a text that fits a section: as mrkdwn, and as it reads in a top-level text."""

    mrkdwn: str
    plain: str


def escape(text: str) -> str:
    """A text in which Slack finds no mention, no link and no alert."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unlinked(text: str) -> str:
    """A text for where Slack makes links of addresses by itself, in which it finds none."""
    return _ADDRESS.sub(lambda found: found[0][:-1] + "\u2060" + found[0][-1], escape(text))


def parts(text: str, within: str = "") -> list[Part]:
    """A text in our markup as one or several sections; hardly any is longer than one.

    Takes also a tag that it stands in, all of it.
    """
    found: list[Part] = []
    mrkdwn = plain = ""
    for styled, bare in _runs(text, (within,) if within else ()):
        if len(mrkdwn) + len(styled) > SECTION_MOST:
            found.append(Part(mrkdwn.strip(), plain.strip()))
            mrkdwn = plain = ""
        mrkdwn += styled
        plain += bare
    return [part for part in [*found, Part(mrkdwn.strip(), plain.strip())] if part.mrkdwn]


def sections(those: Sequence[Part]) -> list[Json]:
    """The blocks of a text."""
    return [section(part.mrkdwn) for part in those]


def section(mrkdwn: str) -> Json:
    """A block of text. Only what is marked is a link: `verbatim` keeps Slack from making some of its own."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn, "verbatim": True}}


def posts(message: Message, owner: str, write: str) -> list[Json]:
    """What is posted for a message, one after the other; the last one has its buttons.

    Takes whose conversation it is (``<team>:<user>``), and the label of the button that opens a form
    where a question is answered in words, or of what picks a day where one is asked for.
    """
    found = [
        {"text": "\n\n".join(part.plain for part in those), "blocks": sections(those)}
        for those in _batched(parts(markup.with_quoted(message.text, message.copyable)), SECTIONS_MOST)
    ]
    last = found[-1]
    last["blocks"] = [*last["blocks"], *controls(message, owner, write)]
    last["text"] = "\n\n".join(filter(None, [str(last["text"]), _numbered(message)]))
    return found


def answered(question: str, said: str) -> Json:
    """What stands in a question's place once it is answered: both texts, and nothing to press."""
    asked, told = parts(question), parts(said, "i")
    plain = "\n\n".join(part.plain for part in (*asked, *told))
    return {"text": plain, "blocks": sections([*asked, *told])}


def closed(question: str) -> Json:
    """A question without its buttons."""
    asked = parts(question)
    return {"text": "\n\n".join(part.plain for part in asked), "blocks": sections(asked)}


def has_controls(message: Message) -> bool:
    """Whether there is anything to press."""
    return bool(message.choices or message.controls or message.pick in ("text", "date"))


def controls(message: Message, owner: str, write: str) -> list[Json]:
    """The blocks that can be pressed. Each one's id says whose they are: it comes back when one is."""
    ticks = [choice for choice in message.choices if choice.ticks]
    buttons = [button(choice) for choice in message.choices if not choice.ticks]
    if message.done:
        buttons.insert(0, _button("submit", message.done, message.token) | {"style": "primary"})
    if message.pick == "text":
        buttons.insert(0, _button(_WRITE[message.progress is not None], write, message.token))
    if message.pick == "date":
        buttons.insert(0, _day(message.token, write))
    beside = [button(control) for control in message.controls]
    boxes = [_boxes(f"ticks.{at}", those) for at, those in enumerate(_batched(ticks, CHECKBOXES_MOST))]
    return [
        {"type": "actions", "block_id": f"{name}.{at}:{owner}", "elements": elements}
        for name, all_of_them in (("ticks", boxes), ("choices", buttons), ("controls", beside))
        for at, elements in enumerate(_batched(all_of_them, ActionsBlock.elements_max_length))
    ]


def button(choice: Choice) -> Json:
    """The button of a choice."""
    return _button(
        f"choose.{choice.option}", f"✓ {choice.label}" if choice.picked else choice.label, choice.token
    )


def shortened(text: str, most: int) -> str:
    """A text cut where it is too long for where it is to stand."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _batched(those: Iterable[T], most: int) -> Iterator[list[T]]:
    each = iter(those)
    while some := list(islice(each, most)):
        yield some


def _button(action: str, label: str, value: str) -> Json:
    text = {"type": "plain_text", "text": shortened(label, ButtonElement.text_max_length), "emoji": False}
    return {"type": "button", "action_id": action, "text": text, "value": value}


def _day(token: str, label: str) -> Json:
    """What picks a day. It has no value of its own, so that its id names the question."""
    text = {"type": "plain_text", "text": label, "emoji": False}
    return {"type": "datepicker", "action_id": f"day.{token}", "placeholder": text}


def _boxes(action: str, choices: Sequence[Choice]) -> Json:
    picked = [_option(choice) for choice in choices if choice.picked]
    boxes = {"type": "checkboxes", "action_id": action, "options": [_option(choice) for choice in choices]}
    return boxes | {"initial_options": picked} if picked else boxes


def _option(choice: Choice) -> Json:
    label = shortened(choice.label, Option.label_max_length)
    return {"text": {"type": "plain_text", "text": label, "emoji": False}, "value": choice.token}


def _numbered(message: Message) -> str:
    """The choices for whoever only gets the text: they can be typed."""
    return "\n".join(f"{at}. {unlinked(choice.label)}" for at, choice in enumerate(message.choices, 1))


def _runs(text: str, within: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Stretches of a text that must not be torn apart: as mrkdwn, and as they read in a top-level text."""
    fresh = True
    for span in markup.parse(text):
        quoted = "blockquote" in span.tags
        for at, line in enumerate(span.text.split("\n")):
            if at:
                yield "\n", "\n"
                fresh = True
            if quoted and fresh and not line:
                # Without it the quotation would end here.
                yield ">", ">"
            for start in range(0, len(line), _RUN):
                run = line[start : start + _RUN]
                sign = "> " if quoted and fresh else ""
                yield sign + _styled(run, (*within, *span.tags), span.href), sign + unlinked(run)
                fresh = False


def _styled(run: str, tags: Sequence[str], href: str) -> str:
    """A stretch of one line with its signs, which must touch a word on the inside."""
    inside = run.strip()
    if not inside:
        return run
    styled = escape(inside)
    if href:
        styled = f"<{escape(href).replace('|', '%7C')}|{styled}>"
    for tag in reversed(tags):
        styled = f"{_SIGNS.get(tag, '')}{styled}{_SIGNS.get(tag, '')}"
    before, _, after = run.partition(inside)
    return f"{before}{styled}{after}"
