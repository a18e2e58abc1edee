"""Rules first: patterns of words that plainly name an option, and the "not" that takes it back.

Matching is by word, never by a regular expression over what somebody typed, so that it takes
time in proportion to the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

from dialogs.understand.text import Clause, unaccented

GAP_MOST = 3
"""Words that ``..`` in a pattern may stand for."""

NEGATED_WITHIN = 6
"""How many words before a match a "not" of its own may stand."""

NEGATED_AFTER = 2
"""How many words after a match it may stand, in a language that puts it there."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One place in a pattern: the words it takes, and the beginnings of words."""

    words: frozenset[str]
    beginnings: tuple[str, ...] = ()

    def takes(self, word: str) -> bool:
        """Whether a word fits here."""
        return word in self.words or word.startswith(self.beginnings)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Words in a row. `gaps` says before which slots other words may stand."""

    slots: tuple[Slot, ...]
    gaps: frozenset[int]

    def rest(self, words: Sequence[str], start: int) -> tuple[int, ...]:
        """The places of its words where the first of them stands at `start`, or nothing."""
        places = [start]
        for at, slot in enumerate(self.slots[1:], 1):
            reach = 1 + (GAP_MOST if at in self.gaps else 0)
            window = range(places[-1] + 1, min(places[-1] + 1 + reach, len(words)))
            place = next((n for n in window if slot.takes(words[n])), None)
            if place is None:
                return ()
            places.append(place)
        return tuple(places)


class Patterns:
    """Patterns looked for together: only those are tried whose first word stands there."""

    __slots__ = ("_by_word", "_others")

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._by_word: dict[str, list[Pattern]] = {}
        self._others: list[Pattern] = []
        for one in patterns:
            for word in one.slots[0].words:
                self._by_word.setdefault(word, []).append(one)
            if one.slots[0].beginnings:
                self._others.append(one)

    def found(self, words: Sequence[str]) -> Iterator[tuple[int, ...]]:
        """The places of every pattern that words hold."""
        for start, word in enumerate(words):
            for one in self._by_word.get(word, ()):
                if places := one.rest(words, start):
                    yield places
            for one in self._others:
                if word.startswith(one.slots[0].beginnings) and (places := one.rest(words, start)):
                    yield places

    def __bool__(self) -> bool:
        return bool(self._by_word or self._others)


class PatternError(ValueError):
    """A pattern that finds nothing, or something else than was meant. Takes it, and what is wrong."""

    def __init__(self, source: str, what: str) -> None:
        self.source, self.what = source, what
        super().__init__(f"{source!r}: {what}")


def patterns(sources: Iterable[str], classes: Mapping[str, frozenset[str]]) -> Iterator[Pattern]:
    """Patterns from their text.

    Takes words divided by spaces: ``a|b`` is either, ``a|b_c`` is a or b and c in a row, ``inter*`` any
    word that begins so, ``@pay`` a class, ``..`` up to `GAP_MOST` words. Raises `PatternError` for a class
    there isn't, where nothing is left to look for, and where a word stands twice in a row of alternatives:
    there several words were meant to be one of them.
    """
    for source in sources:
        written = unaccented(source)
        parts = written.split()
        if all(part == ".." for part in parts):
            raise PatternError(source, "there is no word in it")
        if "|" in written:
            _check(source, parts)
        rows = (" ".join(row).split() for row in product(*map(_tied, parts))) if "_" in written else [parts]
        try:
            yield from [_pattern(row, classes) for row in rows]
        except KeyError as error:
            raise PatternError(source, f"there is no class {error}") from None


def _check(source: str, parts: Sequence[str]) -> None:
    """Raises `PatternError` where "a|b c|d" was written for a, or b and c, or d."""
    seen: dict[str, bool] = {}
    for part in parts:
        if part == "..":
            seen.clear()
            continue
        words = part.split("|")
        if len({*words}) < len(words) or any(
            seen.get(word) or (word in seen and words[1:]) for word in words
        ):
            raise PatternError(source, "a word stands twice in a row")
        seen |= dict.fromkeys(words, len(words) > 1)


def _tied(part: str) -> list[str]:
    """The rows of words that a part stands for: its single words together, and each of several."""
    words = part.split("|")
    single = "|".join(word for word in words if "_" not in word)
    return [*([single] if single else ()), *(word.replace("_", " ") for word in words if "_" in word)]


def _pattern(parts: Iterable[str], classes: Mapping[str, frozenset[str]]) -> Pattern:
    slots: list[Slot] = []
    gaps: set[int] = set()
    for part in parts:
        if part == "..":
            gaps.add(len(slots))
            continue
        slots.append(_slot(part, classes) if "@" in part else _plain(part))
    return Pattern(tuple(slots), frozenset(gaps))


def _slot(part: str, classes: Mapping[str, frozenset[str]]) -> Slot:
    words: set[str] = set()
    beginnings: list[str] = []
    for word in part.split("|"):
        if word.startswith("@"):
            words |= classes[word[1:]]
        elif word.endswith("*"):
            beginnings.append(word[:-1])
        else:
            words.add(word)
    return Slot(frozenset(words), tuple(beginnings))


@cache
def _plain(part: str) -> Slot:
    """The slot of a part without classes; patterns have few such, over and over."""
    return _slot(part, {})


@dataclass(frozen=True, slots=True)
class Negation:
    """What takes a reason back: the words for not, and what makes any "not" in a clause about it.

    `after` are those that follow what they deny, as in "ça m'intéresse pas". `wholly` are phrases that deny
    all that follows ("it isn't that"), `goes_on` those whose last word goes on with it, though that joins
    clauses elsewhere ("not because").
    """

    words: frozenset[str]
    about: frozenset[str]
    fillers: Patterns
    after: frozenset[str]
    wholly: Patterns
    goes_on: Patterns

    def stands_in(self, words: Iterable[str]) -> bool:
        """Whether there is a "not" among the words."""
        return not self.words.isdisjoint(words)

    def negates(self, words: Sequence[str], places: Sequence[int]) -> bool:
        """Whether a match at these places is taken back by the words around it."""
        if any(denial[0] <= places[0] for denial in self.wholly.found(words)):
            return True
        left = [at for at, word in enumerate(words) if word in self.words and at not in places]
        if not left:
            return False
        if any(word in self.about for at, word in enumerate(words) if at not in places):
            return True
        if any(0 < at - places[-1] <= NEGATED_AFTER and words[at] in self.after for at in left):
            return True
        return any(places[0] - NEGATED_WITHIN <= at < places[0] or places[0] < at < places[-1] for at in left)


@dataclass(frozen=True, slots=True)
class Rule:
    """All that names one option: whole messages, patterns, words together, and what speaks against it.

    `sought` holds every word it looks for, for mending what is mistyped.
    """

    whole: frozenset[str]
    patterns: Patterns
    together: tuple[tuple[Slot, ...], ...]
    unless: Patterns
    sought: frozenset[str]

    def verdict(self, clauses: Iterable[Clause], negation: Negation, *, listed: bool) -> bool | None:
        """Whether a text names this option: True, False where it names it to deny it, None where not.

        Takes its clauses, what negates, and whether a clause may be one of its whole messages, as in a list.
        """
        denied = False
        for clause in clauses:
            words = clause.words
            if listed and " ".join(words) in self.whole:
                return True
            if self.unless and any(True for _ in self.unless.found(words)):
                denied = True
                continue
            for places in self._found(words):
                if not negation.negates(words, places):
                    return True
                denied = True
            # "It's not the salary" names it in a bare word, under a "not".
            denied = denied or (listed and not self.whole.isdisjoint(words) and negation.stands_in(words))
        return False if denied else None

    def _found(self, words: Sequence[str]) -> Iterator[tuple[int, ...]]:
        yield from self.patterns.found(words)
        for slots in self.together:
            places = tuple(
                next((n for n, word in enumerate(words) if slot.takes(word)), -1) for slot in slots
            )
            if min(places) >= 0 and len(set(places)) == len(places):
                yield tuple(sorted(places))
