"""All that is kept of a person, to take away: as JSON for programs, and as Markdown to read.

The JSON is one object. `format` is ``whatif-export``; `version` grows when a key changes its meaning or goes.
`made` is when (ISO 8601, UTC); `locale` the language; `settings` what they set, by name; `reminders` a list
of ``{"name", "at"}``. `interviews` is a list of ``{"number", "label", "date", "open", "answers", "noted",
"verdict", "row", "outcome", "details"}``: the number counts from 1, `label` is the person's own (null where
they gave none), `date` is ISO 8601 or null, `open` says which is talked about; `answers` are ``{"question",
"short", "answer", "said"}``, the answer null where it was skipped, `said` its words; `verdict` is null until
there is one; `details` are texts by name. `stored` is the session as the database has it, whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from dialogs.details import DEBRIEFED, TRUE
from dialogs.flow import Interview
from dialogs.session import Plan, answer_out, dumps
from dialogs.understand.text import clean

if TYPE_CHECKING:
    from dialogs.render import View

FORMAT, VERSION = "whatif-export", 1

JSON_FILE, READABLE_FILE = "whatif-export.json", "whatif-export.md"
"""What the files are called."""

FILE_WORDS = (
    "title", "skipped", "verdict", "noted", "details", "settings", "locale", "reminders", "nothing",
)  # fmt: skip
"""The blocks of the template that the readable file says, beside those that read something."""

_TEMPLATE = "export"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SPECIAL = re.compile(r"[\\`*_\[\]<>&~$#|]|:(?=//)|(?<=www)\.", re.IGNORECASE)


def as_json(view: View) -> str:
    """All that is kept, as JSON (its shape stands above)."""
    session = view.session
    stored = json.loads(dumps(session, view.dialog.flow))
    out = {
        "format": FORMAT,
        "version": VERSION,
        "made": moment(view.now),
        "dialog": view.dialog.flow.dialog,
        "locale": session.locale,
        "settings": dict(session.settings),
        "reminders": [{"name": each.name, "at": moment(each.at)} for each in session.reminders],
        "interviews": [_interview(view, at) for at in range(len(session.plans))],
        "stored": stored,
    }
    return json.dumps(out, ensure_ascii=False, indent=2) + "\n"


def _interview(view: View, at: int) -> dict[str, object]:
    plan, flow = view.session.plans[at], view.dialog.flow
    named = plan.answers.get(flow.questions[0].id)
    decided = view.dialog.table.explain(plan.answers) if is_decided(view, plan) else None
    return {
        "number": at + 1,
        "label": named.label if isinstance(named, Interview) else None,
        "date": named.date if isinstance(named, Interview) else None,
        "open": at == view.session.open,
        "answers": [
            {
                "question": question,
                "short": view.labels[question].short,
                "answer": answer_out(answer),
                "said": view.spoken(flow.by_id[question], answer, at),
            }
            for question, answer in plan.answers.items()
        ],
        "noted": list(plan.noted),
        "verdict": decided.verdict if decided else None,
        "row": decided.row if decided else None,
        "outcome": plan.answers.get(flow.outcome.id),
        "details": dict(plan.details),
    }


def is_decided(view: View, plan: Plan) -> bool:
    """Whether all that a plan's verdict hangs on was answered."""
    flow = view.dialog.flow
    return all(question in plan.answers for question in flow.applying(plan.answers)[:-1])


def as_markdown(view: View) -> str:
    """All that is kept, as Markdown in which everything said stays text."""
    return "\n\n".join(_sections(view)) + "\n"


def _sections(view: View) -> Iterator[str]:
    session = view.session
    yield f"# {_words(view, 'title')}"
    yield _words(view, "made", at=_readable(view.now))
    for at in range(len(session.plans)):
        yield from _plan(view, at)
    yield f"## {_words(view, 'settings')}"
    settings = [_line(_name(view, name), value) for name, value in session.settings.items()]
    yield "\n".join([_line(_words(view, "locale"), session.locale), *settings])
    yield f"## {_words(view, 'reminders')}"
    reminders = [_line(_name(view, each.name), _readable(each.at)) for each in session.reminders]
    yield "\n".join(reminders) or _words(view, "nothing")


def _plan(view: View, at: int) -> Iterator[str]:
    plan = view.session.plans[at]
    label = view.name_of(at)
    yield f"## {_words(view, 'interview', number=at + 1, label=label)}"
    answers = []
    for question, answer in plan.answers.items():
        said = view.spoken(view.dialog.flow.by_id[question], answer, at) or _words(view, "skipped")
        answers.append(_line(view.labels[question].short, said))
    if is_decided(view, plan):
        verdict = view.words.block("", f"verdict_{view.dialog.table.judge(plan.answers)}")
        answers.append(_line(_words(view, "verdict"), str(verdict.unescape())))
    labels = {option: label for each in view.labels.values() for option, label in each.options.items()}
    noted = [labels.get(option, option) for option in plan.noted]
    answers += [_line(_words(view, "noted"), ". ".join(noted))] if noted else []
    yield "\n".join(answers) or _words(view, "nothing")
    if plan.details:
        yield f"### {_words(view, 'details')}"
        yield "\n".join(
            [_line(_name(view, name), _told(view, name, text)) for name, text in plan.details.items()]
        )


def _told(view: View, name: str, text: str) -> str:
    """A detail as people read it: a time as one, and questions by what they are called."""
    if name == DEBRIEFED and text.isascii() and text.isdecimal() and len(text) < 16:
        return _readable(int(text))
    if name == TRUE:
        return ". ".join(
            [view.labels[each].short if each in view.labels else each for each in text.split(",")]
        )
    return text


def _line(name: str, text: str) -> str:
    return f"- **{text_only(name)}:** {text_only(text)}"


def _words(view: View, block: str, **read: object) -> str:
    """A block's words in a line of Markdown, with whatever they read as text only."""
    return text_only(str(view.words.block(_TEMPLATE, block, read).unescape()))


def _name(view: View, name: str) -> str:
    """What a detail, a setting or a reminder is called: in words, or by its name where it has none."""
    head, _, number = name.partition(".")
    block = f"name_{head}"
    called = view.words.label(_TEMPLATE, block) if view.words.has(_TEMPLATE, block) else head
    # Interviews are counted from 1 where people read of them.
    return f"{called} {int(number) + 1}" if number else called


def text_only(text: str) -> str:
    """A text as a stretch of one line of Markdown that shows it as it is, whatever stands in it."""
    return _SPECIAL.sub(r"\\\g<0>", clean(text))


def moment(seconds: float) -> str:
    """A time as ISO 8601 in UTC, to the second; as the number it is where no calendar reaches so far."""
    try:
        return (_EPOCH + timedelta(seconds=int(seconds))).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError:
        return repr(seconds)


def _readable(seconds: float) -> str:
    return moment(seconds).replace("T", " ").replace("Z", " UTC")
