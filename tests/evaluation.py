"""How well own words are understood, on phrases apart from the examples: for a test and for `make bench`."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

from dialogs.understand import Scorer, fold, knowledge, understand

PHRASES = Path(__file__).parent / "understand"
"""Sets of phrases, a JSON object a line: the text, what is on offer, its kind, and what is right.

A set is named by its locale and, after ``_``, what it was for. ``en_test`` and ``en_dev`` are two halves,
drawn at random, of phrases that were written before their writer had seen any of the data: the data was then
mended by what failed in ``en_dev``, and nothing in ``en_test`` was looked at but its totals. ``en_talk`` is
small talk, by which it was chosen how sure a suggestion must be.
"""


def phrases(name: str) -> list[dict[str, Any]]:
    """The phrases of a set, without those that stand among the examples by chance.

    On those that are `held_out`, no weight in `bot.semantic` was chosen.
    """
    lines = (PHRASES / f"{name}.jsonl").read_text("utf-8").splitlines()
    examples = {fold(phrase) for found in knowledge(_locale(name)).examples.values() for phrase in found}
    return [phrase for phrase in map(json.loads, lines) if fold(phrase["text"]) not in examples]


def _locale(name: str) -> str:
    return name.partition("_")[0]


def held_out(phrase: dict[str, Any]) -> bool:
    """Whether a phrase is in the half kept for measuring: the same one always, and by no choice of ours."""
    return hashlib.sha1(phrase["text"].encode()).digest()[-1] % 2 == 1


def evaluate(name: str, scorer: Scorer | None = None, *, half: bool = False) -> Counter[str]:
    """Counts of each kind of phrase ("plain"), and of what became of it ("plain right").

    Takes the set, a scorer in place of the default one, and whether to count what is held out only.
    """
    count: Counter[str] = Counter()
    for phrase in phrases(name):
        if half and not held_out(phrase):
            continue
        kind, want = phrase["kind"], set(phrase["want"])
        got = understand(phrase["text"], phrase["options"], _locale(name), scorer)
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


def table(name: str, scorer: Scorer | None = None) -> str:
    """What `make bench` prints of a set, a line for each kind of phrase."""
    count = evaluate(name, scorer)
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
        "distress_indirect": ("distress",),
        "not_distress": ("distress",),
        "negated": ("denied",),
    }
    lines = [f"own words, {name}: F1 of options taken {f1:.2f}, taken for forget or stop {count['danger']}"]
    for kind, outcomes in shown.items():
        if of := count[kind]:
            told = ", ".join(f"{outcome} {count[f'{kind} {outcome}'] / of:.0%}" for outcome in outcomes)
            lines.append(f"  {kind:17} {of:4}  {told}")
    return "\n".join(lines)
