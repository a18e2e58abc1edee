"""The verdict to keep: what stands on its card, and the same as Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from markupsafe import Markup

from dialogs import markup
from dialogs.events import Attachment
from dialogs.verdict import told

if TYPE_CHECKING:
    from dialogs.render import View

Theme = Literal["light", "dark"]

NAME = "whatif-verdict"
"""What the files are called, without their endings."""

ASKS_MOST = 5
"""How many questions worth asking stand on a card: it is one page."""

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_SIGNS = re.compile(r"([\\`*_<>\[\]#|])")
"""What Markdown lets a backslash take the meaning from; and what of that could mean something in the middle
of words that nobody chose to confuse it."""


def card(view: View, theme: Theme, personal: bool) -> tuple[Attachment, ...]:
    """The verdict as a picture, and as Markdown.

    Takes the session as it is shown, decided, the picture's colours, and whether what the person wrote may
    stand on it: what they call the interview, and when it is. Nothing else of theirs ever does.
    """
    plan = view.session.plan
    decided = view.dialog.table.decide(plan.answers)
    name, words = view.name_of(view.session.open), view.words
    headline = str(words.block(f"verdict.{decided.row}", "verdict", {"also": decided.also}))
    lists = {
        "because": _plain(view.because(decided.because)),
        "flips": _plain(words.block("card", "flip", view.flip(flip)) for flip in told(decided.flips)),
        "asks": _plain(view.asks()[:ASKS_MOST]),
    }
    headings = {each: words.label("card", f"heading_{each}") for each in lists}
    told_of = {"label": name, "date": view.date_of(view.session.open)} if personal else {}
    own = {each: text for each, text in told_of.items() if text}
    described = {
        "theme": theme,
        "verdict": markup.plain(str(view.verdict_name(decided.verdict))),
        # The verdict's name stands above it already, in large letters.
        "headline": "".join(
            span.text for span in markup.parse(str(headline)) if "b" not in span.tags
        ).strip(),
        **lists,
        "headings": headings,
        "footer": words.label("card", "footer"),
    }
    written = words.block(
        "card",
        "markdown",
        {
            **{each: _as_markdown(text) for each, text in described.items() if isinstance(text, str)},
            "lists": [
                (_as_markdown(headings[each]), [_as_markdown(text) for text in texts])
                for each, texts in lists.items()
                if texts
            ],
            "label": _as_markdown(own.get("label", ""), _PUNCTUATION),
            "date": _as_markdown(own.get("date", ""), _PUNCTUATION),
        },
    )
    return (
        Attachment("card", f"{NAME}.png", json.dumps(described | own)),
        Attachment("file", f"{NAME}.md", f"{written}\n"),
    )


def _plain(texts: Iterable[Markup]) -> list[str]:
    return [" ".join(markup.plain(str(text)).split()) for text in texts]


def _as_markdown(text: str, meaning: re.Pattern[str] = _SIGNS) -> Markup:
    """A text in which Markdown finds nothing to do."""
    return Markup(meaning.sub(r"\\\1", " ".join(text.split())))  # noqa: S704 - Markdown, not HTML
