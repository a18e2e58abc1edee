"""How well own words are understood, on phrases apart from the examples: for a test and for `make bench`."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

from dialogs.understand import Scorer, fold, knowledge, understand

PHRASES = Path(__file__).parent / "understand"
"""Phrases by locale, a JSON object a line: the text, what is on offer, its kind, and what is right."""


def phrases(locale: str) -> list[dict[str, Any]]:
    """The phrases of a locale, without those that stand among the examples by chance.

    On those that are `held_out`, nothing in `bot.semantic` was chosen.
    """
    lines = (PHRASES / f"{locale}.jsonl").read_text("utf-8").splitlines()
    examples = {fold(phrase) for found in knowledge(locale).examples.values() for phrase in found}
    return [phrase for phrase in map(json.loads, lines) if fold(phrase["text"]) not in examples]


def held_out(phrase: dict[str, Any]) -> bool:
    """Whether a phrase is in the half kept for measuring: the same one always, and by no choice of ours."""
    return hashlib.sha1(phrase["text"].encode()).digest()[-1] % 2 == 1


def evaluate(locale: str, scorer: Scorer | None = None, *, half: bool = False) -> Counter[str]:
    """Counts of each kind of phrase ("plain"), and of what became of it ("plain right").

    Takes the locale, a scorer in place of the default one, and whether to count what is held out only.
    """
    count: Counter[str] = Counter()
    for phrase in phrases(locale):
        if half and not held_out(phrase):
            continue
        kind, want = phrase["kind"], set(phrase["want"])
        got = understand(phrase["text"], phrase["options"], locale, scorer)
        taken = set(got.options)
        count[kind] += 1
        count[f"{kind} right"] += got.kind == "options" and taken == want
        count[f"{kind} wrong"] += bool(taken - want)
        count[f"{kind} held"] += bool(want & {*taken, *got.suggestions})
        count[f"{kind} command"] += got.command is not None and got.command == phrase["command"]
        count[f"{kind} answered"] += got.kind in ("options", "command", "suggest")
        count[f"{kind} silent"] += got.kind == "unclear"
        count[f"{kind} distress"] += got.kind == "distress"
        count[f"{kind} denied"] += bool(set(phrase["not"]) & taken)
        count["hits"] += len(taken & want)
        count["misses"] += len(want - taken)
        count["extra"] += len(taken - want)
        count["danger"] += got.command in ("forget", "stop") and got.command != phrase["command"]
    return count


def table(locale: str, scorer: Scorer | None = None) -> str:
    """What `make bench` prints of a locale, a line for each kind of phrase."""
    count = evaluate(locale, scorer)
    f1 = 2 * count["hits"] / max(2 * count["hits"] + count["misses"] + count["extra"], 1)
    shown = {
        "plain": ("right", "wrong", "held", "silent"),
        "idiom": ("right", "wrong", "held", "silent"),
        "answer": ("right", "wrong", "held"),
        "elsewhere": ("answered",),
        "command": ("command",),
        "command_idiom": ("command",),
        "trap": ("answered",),
        "distress": ("distress",),
        "not_distress": ("distress",),
        "negated": ("denied",),
    }
    lines = [f"own words, {locale}: F1 of options taken {f1:.2f}, taken for forget or stop {count['danger']}"]
    for kind, outcomes in shown.items():
        if of := count[kind]:
            told = ", ".join(f"{outcome} {count[f'{kind} {outcome}'] / of:.0%}" for outcome in outcomes)
            lines.append(f"  {kind:14} {of:4}  {told}")
    return "\n".join(lines)
