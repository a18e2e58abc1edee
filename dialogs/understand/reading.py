"""Reading a message: distress first, then commands, plain reasons, and at last what it may have meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal

from dialogs.faults import ContentError, Fault, read
from dialogs.flow import parse_toml
from dialogs.understand.exact import KNOWLEDGE, options_in, vocabulary
from dialogs.understand.likeness import Likeness, Scorer, suggested
from dialogs.understand.rules import Negation, PatternError, Patterns, Rule, patterns
from dialogs.understand.spelling import Spelling
from dialogs.understand.text import TEXT_MOST, Clause, clauses, fold

Kind = Literal["options", "suggest", "command", "distress", "unclear"]

HEARD_MOST = 2000
"""Characters that are listened to for distress; more than is read for an answer."""

LIKE_LEAST = 0.28
"""The least likeness that is worth suggesting.

Chosen with `SILENCE` on what may be looked at: of the English phrases, 80 of 114 and 46 of 53 idioms are
held, 2 of 54 and 0 of 25 texts about something else answered, and 15 of 154 lines of small talk. Were
all offered that is more like an option than like something else, at 0.38 as before, it would be 87 and
46, 2 and 1, and 25.
"""

FALLBACK = "en"
"""The locale that stands in for one nobody has written."""

_NAMES = ("rules", "commands", "distress", "examples")


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message came to: the options it names, or may mean, or the command it is."""

    kind: Kind
    options: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    command: str | None = None


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases that mean one thing: as the whole message, or standing anywhere in it."""

    whole: frozenset[str]
    part: Patterns


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that is known in one locale."""

    rules: Mapping[str, Rule]
    single: tuple[frozenset[str], ...]
    negation: Negation
    joints: frozenset[str]
    emoji: Mapping[str, str]
    polite: frozenset[str]
    commands: Mapping[str, Phrases]
    distress: tuple[tuple[Phrases, Patterns], ...]
    examples: Mapping[str, Sequence[str]]
    likeness: Likeness
    spelling: Spelling


@lru_cache(maxsize=8)
def knowledge(locale: str) -> Knowledge:
    """What is known in a locale: English, and what is written for the locale beside it.

    An unknown locale is read as English. Raises `ContentError` where a file is broken.
    """
    if not (KNOWLEDGE / locale).is_dir() or not locale.isalpha():
        return knowledge(FALLBACK)
    try:
        return _knowledge(locale)
    except PatternError as error:
        raise ContentError([_fault(locale, error)]) from None


def _fault(locale: str, error: PatternError) -> Fault:
    """A broken pattern with the file and the line where it stands."""
    cure = "take one of the two out, or tie several words into one alternative: a|b_c"
    what = f"{error.source!r} is no pattern: {error.what}"
    paths = (KNOWLEDGE / folder / f"{name}.toml" for folder in (locale, FALLBACK) for name in _NAMES)
    for path in filter(Path.is_file, paths):
        before, stands, _ = read(path).partition(f'"{error.source}"')
        if stands:
            return Fault(str(path), before.count("\n") + 1, what, cure)
    return Fault(str(KNOWLEDGE / locale), 1, what, cure)


def _knowledge(locale: str) -> Knowledge:
    rules, commands, distress, examples = (_data(locale, name) for name in _NAMES)
    classes = {name: frozenset(words.split()) for name, words in rules.pop("words", {}).items()}
    about = rules.pop("about")
    negation = rules.pop("negation")
    emoji: Mapping[str, str] = rules.pop("emoji", {})
    made = {option: _rule(entry, classes) for option, entry in rules.items()}
    phrases = {name: _phrases(entry) for name, entry in commands.items()}
    likeness = {option: [fold(phrase) for phrase in found] for option, found in examples.items()}
    known = {word for rule in made.values() for word in rule.sought}
    known |= {word for found in likeness.values() for phrase in found for word in phrase.split()}
    known |= {word for one in phrases.values() for phrase in one.whole for word in phrase.split()}
    return Knowledge(
        made,
        tuple(frozenset(group.split()) for group in about["single"]),
        Negation(
            frozenset(negation["words"].split()),
            frozenset(negation["about"].split()),
            Patterns(patterns(negation["fillers"], classes)),
            frozenset(negation.get("after", "").split()),
            Patterns(patterns(negation["wholly"], classes)),
            Patterns(patterns(negation["goes_on"], classes)),
        ),
        frozenset(about["joints"].split()),
        emoji,
        frozenset(about["polite"].split()),
        phrases,
        tuple(map(_signs, [distress, *_foreign_distress(locale)])),
        likeness,
        Likeness(likeness, frozenset(about.get("small", "").split())),
        Spelling(known),
    )


def _signs(distress: Mapping[str, Any]) -> tuple[Phrases, Patterns]:
    """What is a sign of distress, and what only sounds like one."""
    return _phrases(distress["plain"]), Patterns(patterns(distress["but_not"]["part"], {}))


def _foreign_distress(locale: str) -> list[dict[str, Any]]:
    """The signs of distress of the other languages: who is at their end falls back into their own."""
    others = sorted(KNOWLEDGE.glob("*/distress.toml"))
    return [parse_toml(path, read(path)) for path in others if path.parent.name not in (locale, FALLBACK)]


def understand(
    text: str,
    options: Sequence[str],
    locale: str = FALLBACK,
    scorer: Scorer | None = None,
    *,
    numbered: bool = True,
    beside: Sequence[str] = (),
) -> Understood:
    """What a message says.

    Takes it, the ids of the options it may name (of several questions, if need be), the locale, a
    scorer for suggestions in place of the default one, whether a number may name an option by its
    place among them, and reasons that may be given on the way: where there is one, only what stands
    before it is read for the options ("no time to prepare" is not a no).
    Never raises, whatever was typed; a message of more than `TEXT_MOST` characters is not read for
    an answer.
    """
    known = knowledge(locale)
    if _distressed(text[:HEARD_MOST], known):
        return Understood("distress")
    for sign, word in known.emoji.items():
        text = text.replace(sign, f" {word} ")
    folded = fold(text)
    if not folded or len(text) > TEXT_MOST:
        return Understood("unclear")
    core = _core(folded, known.polite)
    if command := _command(folded, core, known):
        return Understood("command", command=command)
    shown = [(option, option) for option in (*options, *beside)]
    named = options_in(text, shown, vocabulary(FALLBACK), several=True, numbered=numbered)
    if named:
        return _settled(named, known)
    said = [_mended(clause, known) for clause in clauses(text, known.joints, known.negation.goes_on.found)]
    mended = " ".join(word for clause in said for word in clause.words)
    wholes = {folded, core, mended}
    reasons = () if _whole(wholes, options, known) else _named(said, wholes, beside, known)[0]
    if reasons:
        # "Yes, but the pay is low": an answer comes first; after a reason, a "no" or a "could" is part of it.
        said = list(takewhile(lambda clause: not _named([clause], (), beside, known)[0], said))
        wholes = {_core(" ".join(clause.words), known.polite) for clause in said}
    found, denied = _named(said, wholes, options, known)
    settled = _settled(found, known)
    if reasons:
        # Where the answer is not plain, the reasons are: it will be asked for again.
        return Understood("options", options=(*settled.options, *reasons))
    if found:
        return settled
    left = [option for option in options if option not in denied]
    if not left:
        return Understood("unclear")
    words = known.likeness
    scores = scorer(mended, left, words) if scorer else words(mended, left)
    likely = suggested(scores, LIKE_LEAST)
    return Understood("suggest", suggestions=likely) if likely else Understood("unclear")


def _mended(clause: Clause, known: Knowledge) -> Clause:
    """A clause without its typing slips, and without phrases that say nothing."""
    words = tuple(known.spelling.mended(word) for word in clause.words)
    return Clause(_without(words, known.negation.fillers))


def _settled(found: tuple[str, ...], known: Knowledge) -> Understood:
    """What was named, unless it names two answers to one question: then it is asked which."""
    if len(found) > 1 and any(set(found) <= group for group in known.single):
        return Understood("suggest", suggestions=found[:3])
    return Understood("options", options=found)


def _named(
    said: Sequence[Clause], wholes: Iterable[str], options: Sequence[str], known: Knowledge
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The options that rules find, and those they find denied."""
    if whole := _whole(wholes, options, known):
        return whole, ()
    rules = {option: _rules(option, options, known) for option in options}
    alone = frozenset().union(*known.single)
    verdicts = {
        option: [rule.verdict(said, known.negation, listed=option not in alone) for rule in each]
        for option, each in rules.items()
    }
    found = tuple(option for option, each in verdicts.items() if True in each)
    denied = tuple(option for option, each in verdicts.items() if False in each and True not in each)
    return found, denied


def _whole(wholes: Iterable[str], options: Sequence[str], known: Knowledge) -> tuple[str, ...]:
    """The options that a whole message is a phrase for."""
    return tuple(
        option
        for option in options
        if any(text in rule.whole for rule in _rules(option, options, known) for text in wholes)
    )


def _rules(option: str, options: Sequence[str], known: Knowledge) -> list[Rule]:
    """The rules for an option: its own, and those that hold beside another one (``yes+partly``)."""
    keys = [option, *(f"{option}+{other}" for other in options if other != option)]
    return [known.rules[key] for key in keys if key in known.rules]


def _distressed(text: str, known: Knowledge) -> bool:
    folded = fold(text)
    words, core = folded.split(), _core(folded, known.polite)
    return any(_shows(signs, but_not, folded, core, words) for signs, but_not in known.distress)


def _shows(signs: Phrases, but_not: Patterns, folded: str, core: str, words: Sequence[str]) -> bool:
    """Whether a message has a sign that doesn't stand in something harmless."""
    if folded in signs.whole or core in signs.whole:
        return True
    hits = list(signs.part.found(words))
    if not hits:
        return False
    harmless = [(places[0], places[-1]) for places in but_not.found(words)]
    return any(all(last < places[0] or first > places[-1] for first, last in harmless) for places in hits)


def _command(folded: str, core: str, known: Knowledge) -> str:
    """The command a message is: as a whole, or by the longest phrase for one that stands in it."""
    for name, phrases in known.commands.items():
        if folded in phrases.whole or core in phrases.whole:
            return name
    words = folded.split()
    found = [
        (len(places), name)
        for name, phrases in known.commands.items()
        for places in phrases.part.found(words)
    ]
    return max(found, key=lambda each: each[0])[1] if found else ""


def _core(folded: str, polite: frozenset[str]) -> str:
    """A message without the small talk round it."""
    words = folded.split()
    while words and words[0] in polite:
        words.pop(0)
    while words and words[-1] in polite:
        words.pop()
    return " ".join(words) or folded


def _without(words: tuple[str, ...], fillers: Patterns) -> tuple[str, ...]:
    """A clause without phrases that say nothing, and whose "not" means nothing."""
    gone = {place for places in fillers.found(words) for place in places}
    return tuple(word for at, word in enumerate(words) if at not in gone) if gone else words


def _data(locale: str, name: str) -> dict[str, Any]:
    """One file of knowledge: the English one, with what the locale's own adds to each list in it.

    English words that are ``foreign`` in the locale, since they mean something else there, stay out.
    """
    path, own = KNOWLEDGE / FALLBACK / f"{name}.toml", KNOWLEDGE / locale / f"{name}.toml"
    data = parse_toml(path, read(path))
    if locale != FALLBACK and own.is_file():
        more = parse_toml(own, read(own))
        _drop(data, frozenset(more.get("about", {}).get("foreign", "").split()))
        _add(data, more)
    return data


def _drop(data: dict[str, Any], words: frozenset[str]) -> None:
    """Takes words out of lists of words, and out of lists of phrases where one is the whole phrase."""
    for key, value in data.items():
        if isinstance(value, dict):
            _drop(value, words)
        elif isinstance(value, list):
            data[key] = [one for one in value if one not in words]
        else:
            data[key] = " ".join(word for word in value.split() if word not in words)


def _add(data: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, dict):
            _add(data.setdefault(key, {}), value)
        elif isinstance(value, list):
            data[key] = [*data.get(key, ()), *value]
        else:
            data[key] = f"{data.get(key, '')} {value}".strip()


def _rule(entry: Mapping[str, Any], classes: Mapping[str, frozenset[str]]) -> Rule:
    whole = frozenset(map(fold, entry.get("whole", ())))
    plain = list(patterns(entry.get("patterns", ()), classes))
    unless = list(patterns(entry.get("unless", ()), classes))
    sought = {word for one in (*plain, *unless) for slot in one.slots for word in slot.words}
    return Rule(
        whole,
        Patterns(plain),
        tuple(one.slots for one in patterns(entry.get("together", ()), classes)),
        Patterns(unless),
        frozenset(sought | {word for phrase in whole for word in phrase.split()}),
    )


def _phrases(entry: Mapping[str, Any]) -> Phrases:
    return Phrases(
        frozenset(map(fold, entry.get("whole", ()))),
        Patterns(patterns(entry.get("part", ()), {})),
    )
