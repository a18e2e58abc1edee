"""A conversation stored with an older version of its flow, told in the ids of today's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dialogs.flow import AnswerError, Flow, Question
from dialogs.renames import option_now, question_now
from dialogs.rulebook import ASKED_SUPPOSED, SUPPOSED


class Upgrade:
    """What becomes of what was stored.

    Takes today's flow, and the version that was stored. All that comes in and goes out is as JSON has it.
    """

    def __init__(self, flow: Flow, since: int) -> None:
        self._flow = flow
        self._renamed = [each for each in flow.renamed if each.version > since]
        several = (question.options for question in flow.questions if question.pick == "many")
        self._several = frozenset(option for options in several for option in options)

    def plan(self, data: Mapping[str, Any]) -> dict[str, object]:
        """A stored plan, without its detour; what is no answer any more isn't in it."""
        return {
            "answers": self._answers(data["answers"]),
            "history": [now for act in data["history"] if (now := self._act(act))],
            "noted": self._noted(data.get("noted", ())),
            "details": data.get("details", {}),
        }

    def detour(self, data: Any) -> list[object] | None:
        """A stored detour, or None where what it is about is no more."""
        state, question, answer, *about = data
        if question == "":
            return [state, question, answer, *about]
        asked = self._question(question)
        if asked is None:
            return None
        supposing = state.partition("/")[2] in (ASKED_SUPPOSED, SUPPOSED)
        here = state if supposing else f"{self._flow.dialog}/{asked.state}"
        return [here, asked.id, self._answer(question, asked, answer)]

    def _question(self, question: str) -> Question | None:
        return self._flow.by_id.get(question_now(self._renamed, question))

    def _answers(self, values: Mapping[str, object]) -> dict[str, object]:
        answers: dict[str, object] = {}
        for question, value in values.items():
            if asked := self._question(question):
                answer = self._answer(question, asked, value)
                if _is_answer(asked, answer):
                    answers.setdefault(asked.id, answer)
        return answers

    def _answer(self, question: str, asked: Question, value: Any) -> object:
        if isinstance(value, list):
            now = [option_now(self._renamed, question, option) for option in value]
            return [option for option in now if option in asked.options]
        return option_now(self._renamed, question, value) if isinstance(value, str) else value

    def _act(self, act: Any) -> object:
        if isinstance(act, str):
            asked = self._question(act)
            return asked and asked.id
        before, new, *details = act
        asked_now = [asked.id for question in new if (asked := self._question(question))]
        return self._answers(before), asked_now, *details

    def _noted(self, options: Iterable[str]) -> list[str]:
        for each in self._renamed:
            maps = tuple(each.options.values())
            now = ([names[option] for names in maps if option in names] or [option] for option in options)
            options = [new for found in now for new in found]
        return [option for option in dict.fromkeys(options) if option in self._several]


def _is_answer(question: Question, value: object) -> bool:
    try:
        return (value is None and question.skip) or question.read(value) is not None
    except AnswerError:
        return False
