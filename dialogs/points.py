"""Points: what must be said somewhere, and where a walk comes to say it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dialogs import markup
from dialogs.walks import Step
from dialogs.words import CLOSE, MIDDLE, OPEN

ALL = tuple([f"A{number}" for number in range(1, 23)] + [f"B{number}" for number in range(1, 22)])
"""Every point: A1 to A22 of the first article, B1 to B21 of the second."""

SENTENCES_MOST = 5
"""How many sentences are told for one point."""

_MARKED = re.compile(f"{OPEN}([^{MIDDLE}]*){MIDDLE}([^{CLOSE}]*){CLOSE}")
_MARK = re.compile(f"{OPEN}[^{MIDDLE}]*{MIDDLE}|{CLOSE}")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that makes a point: its message's state, its text as shown, and the lines to see it."""

    state: str
    text: str
    walk: tuple[str, ...]


def marked(text: str) -> Iterator[tuple[str, str]]:
    """Each point that a text makes and the sentence that makes it, as plain text.

    Takes a text rendered with its points marked.
    """
    for names, sentence in _MARKED.findall(markup.plain(text)):
        for name in names.split():
            yield name, sentence.strip()


def made(text: str) -> set[str]:
    """The points that a text makes."""
    return {name for names, _ in _MARKED.findall(text) for name in names.split()}


def unmarked(text: str) -> str:
    """A text without the marks round its points."""
    return _MARK.sub("", text)


def points(walks: Iterable[Step]) -> Mapping[str, Sequence[Sentence]]:
    """Each point with the sentences that make it, the shortest walks first, a few at most.

    Takes the walks of a dialog loaded with `marking`. A point that nothing makes has no sentences.
    """
    found: dict[str, dict[tuple[str, str], Sentence]] = {point: {} for point in ALL}
    for step in walks:
        if not step.typed:
            continue
        for message in step.messages:
            if OPEN not in message.text:
                continue
            for point, text in marked(message.text):
                sentences = found.setdefault(point, {})
                key = (message.state, text)
                if key not in sentences or len(step.lines) < len(sentences[key].walk):
                    sentences[key] = Sentence(message.state, text, step.lines)
    return {
        point: sorted(sentences.values(), key=lambda sentence: len(sentence.walk))[:SENTENCES_MOST]
        for point, sentences in found.items()
    }
