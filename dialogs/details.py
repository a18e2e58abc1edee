"""What is kept of one interview beside its answers (`Plan.details`): the names it stands under."""

from __future__ import annotations

from dialogs.session import Plan

NAME, NAME_BEFORE = "name", "name_before"
"""A new name, and the one that it took the place of: a later answer with another name counts again."""

NOTE = "note"
"""The person's own note."""

AWAY = "away"
"""Set where the interview is put away."""

WELL, BETTER, TRUE, STILL = "debrief_well", "debrief_better", "debrief_true", "debrief_still"
"""The debrief: two texts, the ids of the what-ifs that came true (`,` between them), and one option."""

DEBRIEFED = "debriefed"
"""When the debrief was last written in, in whole seconds since the epoch."""

TEXT_MOST = 1_000
"""Characters of a note or of an answer in the debrief that are kept."""


def is_away(plan: Plan) -> bool:
    """Whether an interview is put away."""
    return AWAY in plan.details


def is_touched(plan: Plan) -> bool:
    """Whether anything is kept of an interview; one of which nothing is can be had for another."""
    return bool(plan.answers or plan.history or plan.noted or plan.details)


def is_debriefed(plan: Plan) -> bool:
    """Whether any question of the debrief has an answer."""
    return any(name in plan.details for name in (WELL, BETTER, TRUE, STILL))


def renamed(plan: Plan, label: str) -> str:
    """What an interview is called; takes its plan, and what its answer calls it ("" for nothing)."""
    if NAME in plan.details and plan.details.get(NAME_BEFORE, "") == label:
        return plan.details[NAME]
    return label


def shortened(text: str, most: int) -> str:
    """A text of so many characters at most; what is longer ends in an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
