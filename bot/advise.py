"""``whatif advise``: answers in, a verdict out, both as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from dialogs import markup
from dialogs.engine import Dialog
from dialogs.flow import Answer, AnswerError, Answers
from dialogs.render import NONE
from dialogs.verdict import Because


def advise(dialog: Dialog, text: str) -> Iterator[dict[str, Any]]:
    """The advice for each set of answers in a text.

    Takes one JSON object, or one a line; yields for each an object with verdict, row, because,
    flips and points, or with ``error``, which names the line and what is wrong with it.
    """
    lines = [text] if _is_one(text) else text.split("\n")
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _one(dialog, json.loads(line))
            except AnswerError as error:
                yield {"error": f"line {number}: {error}"}
            except (ValueError, RecursionError) as error:
                yield {"error": f"line {number}: this is not JSON ({error})"}


def _is_one(text: str) -> bool:
    """Whether a text is a single JSON value, over however many lines."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _one(dialog: Dialog, values: Any) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise AnswerError('a set of answers is an object, such as {"prepare": "yes"}')
    # A null leaves a question open, but its id must be one all the same.
    known = dialog.flow.by_id
    answers = dialog.flow.read(
        {key: value for key, value in values.items() if value is not None or key not in known}
    )
    verdict = dialog.table.decide(answers)
    return {
        "verdict": verdict.verdict,
        "row": verdict.row,
        "because": [_because(dialog, answers, reason) for reason in verdict.because],
        "flips": [
            {
                "question": flip.question,
                "from": _whole(flip.before),
                "to": _whole(flip.after),
                "verdict": flip.verdict,
            }
            for flip in verdict.flips
        ],
        "points": list(verdict.points),
    }


def _because(dialog: Dialog, answers: Answers, because: Because) -> dict[str, Any]:
    words = next(iter(dialog.words.values()))
    text = words.block(because.question, f"because_{because.option or NONE}")
    answer = because.option or _whole(answers.get(because.question))
    return {"question": because.question, "answer": answer, "text": markup.plain(text)}


def _whole(answer: Answer) -> object:
    return sorted(answer) if isinstance(answer, tuple) else answer
