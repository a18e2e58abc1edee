"""Likeness to example phrases: what to suggest where no rule is sure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import chain, pairwise
from typing import Protocol

ELSEWHERE = "elsewhere"
"""The key of the examples that are about something else."""

SILENCE = 2.5
"""How many times more like an option than like something else a text must be for it to be suggested."""

_SMALL = frozenset(
    {
        *("a", "an", "the", "i", "im", "ive", "id", "ill", "to", "of", "in", "on", "at", "for", "it", "its"),
        *("is", "are", "was", "be", "been", "am", "and", "or", "but", "so", "that", "this", "there", "my"),
        *("me", "you", "your", "we", "they", "them", "their", "he", "she", "his", "her", "do", "does"),
        *("did", "have", "has", "had", "with", "as", "if", "just", "really", "very", "quite", "bit", "too"),
        *("would", "could", "can", "will", "what", "when", "how", "from", "by", "about", "up", "out"),
        *("get", "got"),
    }
)
"""Words that say nothing about what is meant."""

_ENDINGS = ("ings", "ing", "edly", "ed", "ies", "es", "s", "ly", "er", "est", "ment", "y", "e")


class Scorer(Protocol):
    """How like an option's examples a text is: the one thing that can be had from elsewhere."""

    def __call__(self, text: str, options: Sequence[str], words: Likeness) -> Mapping[str, float]:
        """A score from 0 to 1 for each option worth suggesting.

        Takes a folded text, option ids, and the default scorer with the locale's examples, to build on.
        """


class Likeness:
    """The default scorer, which needs no model: words and their pieces, weighed by how much they tell.

    Takes example phrases, folded, by option id, those under `ELSEWHERE` say when to be silent; and the
    words of the language that say nothing, beside the English ones.
    """

    def __init__(self, examples: Mapping[str, Sequence[str]], small: frozenset[str] = frozenset()) -> None:
        self.examples = examples
        self._small = small
        self._options = [option for option, phrases in examples.items() for _ in phrases]
        self._index: defaultdict[str, list[int]] = defaultdict(list)
        pieces = cache(_pieces)  # The same words come again and again; kept no longer than this.
        for number, phrase in enumerate(chain.from_iterable(examples.values())):
            for feature in _features(phrase, small, pieces):
                self._index[feature].append(number)
        self._unknown = math.log(1 + len(self._options))
        self._weights: dict[str, float] = {}
        squares = [0.0] * len(self._options)
        for feature, numbers in self._index.items():
            weight = self._weights[feature] = math.log(1 + len(self._options) / len(numbers))
            for number in numbers:
                squares[number] += weight**2
        self._lengths = [math.sqrt(square) for square in squares]

    def __call__(self, text: str, options: Sequence[str]) -> Mapping[str, float]:
        """The options that some example of theirs is like, each with its score."""
        scores = self.scores(text)
        silent = SILENCE * scores.get(ELSEWHERE, 0.0)
        return {option: scores[option] for option in options if scores.get(option, 0.0) > silent}

    def scores(self, text: str) -> dict[str, float]:
        """The likeness of a folded text to every option it shares anything with, and to `ELSEWHERE`."""
        features = _features(text, self._small)
        length = math.sqrt(sum(self._weights.get(feature, self._unknown) ** 2 for feature in features))
        likeness: dict[int, float] = {}
        for feature in features:
            if weight := self._weights.get(feature):
                share = weight**2 / length
                for number in self._index[feature]:
                    likeness[number] = likeness.get(number, 0.0) + share / self._lengths[number]
        best: dict[str, list[float]] = {}
        for number, score in likeness.items():
            best.setdefault(self._options[number], []).append(score)
        return {option: _together(found) for option, found in best.items()}


def _together(found: list[float]) -> float:
    """The best likeness of an option, with a little for its runners-up."""
    first, *others = sorted(found, reverse=True)[:3]
    return first + 0.25 * sum(others)


def _pieces(word: str) -> tuple[str, ...]:
    """A word's stem, and the pieces of a longer one."""
    stem = _stem(word)
    pieces = [stem[at : at + 4] for at in range(len(stem) - 3)] if len(stem) > 4 else ()
    return (f"={stem}", *pieces)


def _features(
    phrase: str, small: frozenset[str], pieces: Callable[[str], Iterable[str]] = _pieces
) -> Iterable[str]:
    """What two phrases can have in common, each once: stems, pairs of words, and pieces of longer words."""
    words = phrase.split()
    telling = (word for word in words if word not in _SMALL and word not in small)
    pairs = [f"+{one} {other}" for one, other in pairwise(words) if not (one in small and other in small)]
    return dict.fromkeys(chain(chain.from_iterable(map(pieces, telling)), pairs))


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def suggested(
    scores: Mapping[str, float], least: float, most: int = 3, beside: float = 0.5
) -> tuple[str, ...]:
    """The options worth suggesting, best first.

    Takes scores, the least one that counts, how many are offered at most, and what share of the best
    score the others must have.
    """
    enough = [each for each in scores.items() if each[1] >= least]
    ranked = sorted(enough, key=lambda each: -each[1])[:most]
    return tuple(option for option, score in ranked if score >= beside * ranked[0][1])
