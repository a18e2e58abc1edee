"""Likeness to example phrases: what to suggest where no rule is sure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Protocol

ELSEWHERE = "elsewhere"
"""The key of the examples that are about something else."""

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

    def __call__(self, text: str, options: Sequence[str]) -> Mapping[str, float]:
        """Takes a folded text and option ids; returns a score from 0 to 1 for those worth suggesting."""


class Likeness:
    """The scorer that needs no model: words and their pieces, weighed by how much they tell.

    Takes example phrases, folded, by option id, those under `ELSEWHERE` say when to be silent; and the
    words of the language that say nothing, beside the English ones.
    """

    def __init__(self, examples: Mapping[str, Sequence[str]], small: frozenset[str] = frozenset()) -> None:
        self._small = small
        counted = [
            (option, Counter(_features(phrase, small)))
            for option, phrases in examples.items()
            for phrase in phrases
        ]
        seen = Counter(feature for _, features in counted for feature in features)
        self._weights = {feature: math.log(1 + len(counted) / times) for feature, times in seen.items()}
        self._unknown = math.log(1 + len(counted))
        self._index: dict[str, list[tuple[int, float]]] = {}
        self._options: list[str] = []
        for number, (option, features) in enumerate(counted):
            self._options.append(option)
            length = self._length(features)
            for feature in features:
                self._index.setdefault(feature, []).append((number, self._weights[feature] / length))

    def __call__(self, text: str, options: Sequence[str]) -> Mapping[str, float]:
        """The options that some example of theirs is like, each with its score."""
        features = Counter(_features(text, self._small))
        length = self._length(features)
        likeness: dict[int, float] = {}
        for feature in features:
            weight = self._weights.get(feature, 0.0) / length if length else 0.0
            for number, share in self._index.get(feature, ()):
                likeness[number] = likeness.get(number, 0.0) + weight * share
        best: dict[str, list[float]] = {}
        for number, score in likeness.items():
            best.setdefault(self._options[number], []).append(score)
        scores = {option: _together(found) for option, found in best.items()}
        silent = scores.get(ELSEWHERE, 0.0)
        return {option: scores[option] for option in options if scores.get(option, 0.0) > silent}

    def _length(self, features: Mapping[str, int]) -> float:
        return math.sqrt(sum(self._weights.get(feature, self._unknown) ** 2 for feature in features))


def _together(found: list[float]) -> float:
    """The best likeness of an option, with a little for its runners-up."""
    first, *others = sorted(found, reverse=True)[:3]
    return first + 0.25 * sum(others)


def _features(phrase: str, small: frozenset[str]) -> Iterator[str]:
    """What two phrases can have in common: stems, pairs of them, and pieces of longer words."""
    words = phrase.split()
    stems = [_stem(word) for word in words if word not in _SMALL and word not in small]
    yield from (f"={stem}" for stem in stems)
    yield from (f"+{one} {other}" for one, other in pairwise(words) if not {one, other} <= small)
    for stem in stems:
        if len(stem) > 4:
            yield from (stem[at : at + 4] for at in range(len(stem) - 3))


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
