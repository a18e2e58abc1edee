"""Typing slips: a word that nobody knows, and the known one that is a slip away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

LEAST = 5
"""Letters of the shortest word that is mended: among shorter ones too many are a slip apart."""


class Spelling:
    """Words that are known, and the slips they are mended from.

    Takes every known word. A slip is one letter too many, too few, wrong or swapped, not in the first.
    """

    def __init__(self, known: Iterable[str]) -> None:
        self._known = frozenset(known)
        self._near: defaultdict[int, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for word in self._known:
            if len(word) >= LEAST and word.isalpha():
                for part in _parts(word, len(word)):
                    self._near[len(word)][part].append(word)

    def mended(self, word: str) -> str:
        """The known word that a word was meant to be; the word itself where there is none, or several."""
        if len(word) < LEAST or word in self._known or not word.isalpha() or len(word) > 24:
            return word
        found = {
            known
            for length in range(len(word) - 1, len(word) + 2)
            if length in self._near
            for part in _parts(word, length)
            for known in self._near[length].get(part, ())
            if known[0] == word[0] and _one_slip(word, known)
        }
        return found.pop() if len(found) == 1 else word


def _parts(word: str, length: int) -> Iterator[str]:
    """A beginning and an end of a word, one of which a slip leaves whole.

    Takes the word and the length of the one that was meant.
    """
    half = (length - 1) // 2
    yield f"{word[:half]}-"
    yield f"-{word[half + 1 - length :]}"


def _one_slip(one: str, other: str) -> bool:
    if len(one) > len(other):
        one, other = other, one
    at = next((n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), len(one))
    if len(one) < len(other):
        return len(other) - len(one) == 1 and one[at:] == other[at + 1 :]
    swapped = one[at + 1 : at + 2] + one[at : at + 1] + one[at + 2 :]
    return one[at + 1 :] == other[at + 1 :] or swapped == other[at:]
