"""How hard a text is to read: words, sentences, syllables, and the Flesch–Kincaid grade of English.

Where a rule of thumb must err, it errs towards the higher grade.
"""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_](?:[^\s—–/]*[^\W_])?")
_SENTENCE = re.compile(r"[^.!?…]+")
_VOWELS = re.compile(r"[aeiouy]+")

SENTENCE_LEAST = 3
"""Words of the shortest sentence that is counted: "Go." shall not make its neighbours look easy."""

_KNOWN = {
    "anyone": 3, "area": 3, "business": 2, "client": 2, "clients": 2, "diet": 2, "every": 2,
    "everybody": 4, "everyone": 3, "everything": 3, "evening": 2, "evenings": 2, "eyes": 1, "idea": 3,
    "ideas": 3, "ideal": 3, "maybe": 2, "people": 2, "quiet": 2, "real": 1, "really": 2, "science": 2,
    "somebody": 3, "someone": 2, "something": 2, "sometimes": 2, "therefore": 2, "usual": 3,
    "video": 3, "wednesday": 2,
}  # fmt: skip
"""Words that the rules below miscount."""

_LESS = (
    re.compile(r"[^aeiouy]e$"),  # make, time
    re.compile(r"[^aeiouytd]ed$"),  # asked, called
    re.compile(r"[^aeiouysxzcg]es$"),  # makes, times
    re.compile(r"[aeiouy][^aeiouy]+e(?=(?:ly|ful|less|ment|ments|ness|thing|where|one|work)$)"),  # lovely
)
_MORE = (
    re.compile(r"[^aeiouy]les?$"),  # table
    re.compile(r"[cs]hes$"),  # watches
    re.compile(r"[aeiouy]ing"),  # going, being, trying
    re.compile(r"[aeiou]y(?!ing)[aeiou]"),  # player, beyond
    re.compile(r"i(?:a|um|us|or|et|o(?!us|n))"),  # social is counted high, and so it may be
    re.compile(r"(?<![ctgx])ious|(?<![tc])ien(?!d)"),  # curious, experience
    re.compile(r"[^qg]u(?:al|at|ou|ent|ence)"),  # actual, situation
    re.compile(r"creat|real(?=i[st])"),  # creating, reality
    re.compile(r"[^aeiouy]sms?$"),  # criticism is one short without it
)
_CONTRACTED = re.compile(r"[^aeiouyr]n't$|[^aeiouy]'ll$|[td]'d$|(?:[sxz]|[cs]h)'s$")


def words(text: str) -> list[str]:
    """The words of a text, numbers included."""
    return _WORD.findall(text)


def sentences(text: str) -> int:
    """How many sentences a text has that are long enough to count, at least one."""
    found = [part for part in _SENTENCE.findall(text) if len(words(part)) >= SENTENCE_LEAST]
    return max(len(found), 1)


def syllables(word: str) -> int:
    """How many syllables an English word has, about; a number has one for each digit."""
    return max(sum(_syllables(part) for part in re.split(r"[^\w'’]+", word)), 1)


def _syllables(word: str) -> int:
    accented = word.casefold().replace("’", "'").replace("é", "ay")
    said = unicodedata.normalize("NFD", accented).encode("ascii", "ignore").decode()
    if said in _KNOWN:
        return _KNOWN[said]
    if digits := sum(char.isdigit() for char in said):
        return digits
    bare = said.partition("'")[0]
    if bare in _KNOWN:
        return _KNOWN[bare] + bool(_CONTRACTED.search(said))
    if said.endswith("n't"):
        bare = said.removesuffix("n't")
    count = len(_VOWELS.findall(bare))
    count -= sum(bool(rule.search(bare)) for rule in _LESS) if count > 1 else 0
    count += sum(len(rule.findall(bare)) for rule in _MORE)
    return max(count, 1 if bare else 0) + bool(_CONTRACTED.search(said))


def grade(text: str) -> float:
    """The Flesch–Kincaid grade of an English text: about the school year that reads it with ease."""
    found = words(text)
    if not found:
        return 0.0
    spoken = sum(map(syllables, found))
    return 0.39 * len(found) / sentences(text) + 11.8 * spoken / len(found) - 15.59
