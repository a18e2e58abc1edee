"""Ready words: notes to copy, to whoever invited; the bot sends none. And what is filled into them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING
from unicodedata import category

from dialogs.flow import Interview
from dialogs.markup import plain
from dialogs.rooms.keeper import NOTHING, Keeper, label
from dialogs.understand.text import clean

if TYPE_CHECKING:
    from dialogs.engine import Turn
    from dialogs.events import Message
    from dialogs.render import View

KINDS = ("accept", "ask", "move", "decline")
"""What a note says: yes, but first level or pay, another date, or no."""

TONES = ("warm", "brief")

ROLE, PERSON = "note_role", "note_person"
"""The details of an interview that are filled into its notes: the job, and who the note is to."""

FILLED = {"role": ROLE, "person": PERSON}

NAME_MOST = 60
"""Characters of a job or of a name: with both, a note stays a note."""

_SIGNS = frozenset(" .,'’-–&/()+#:")
"""What else than letters and digits a job or a name is written with; nothing that means something to a
chat, so that no mention, mark-up or template can be made of it, wherever the note is pasted."""

_READ = frozenset({"person", "role", "date", "level", "pay"})


@dataclass(frozen=True, slots=True)
class Note:
    """Which note it is: its kind and its tone."""

    kind: str
    tone: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.tone}"


class ReadyWords(Keeper):
    """The notes: one at a time, the one that fits first, each in a warm and a brief tone."""

    room = "ready_words"
    said = {
        "ready_words": {
            "text": frozenset({"kind", "tone", "label", "first"}),
            **{f"{kind}_{tone}": _READ for kind, tone in product(KINDS, TONES)},
            **dict.fromkeys(("kind_accept", "kind_ask", "kind_move", "kind_decline"), NOTHING),
            **dict.fromkeys(("tone_warm", "tone_brief", "names"), NOTHING),
        }
    }

    def offered(self, view: View) -> Iterable[tuple[str, str]]:
        """The same in the other tone, the other kinds in this one, and filling in a job or a name."""
        now = shown(view)
        for tone in TONES:
            if tone != now.tone:
                yield f"{now.kind}.{tone}", view.words.label(self.room, f"tone_{tone}")
        for kind in KINDS:
            if kind != now.kind:
                yield f"{kind}.{now.tone}", view.words.label(self.room, f"kind_{kind}")
        yield label(view, self.room, "names")

    def show(self, view: View) -> list[Message]:
        """What the note is for, and the note to be copied."""
        now = shown(view)
        note = view.words.block(self.room, f"{now.kind}_{now.tone}", _filled(view))
        variables = {
            "kind": now.kind,
            "tone": now.tone,
            "label": view.name_of(view.session.open),
            "first": "." not in view.about,
        }
        text = view.words.block(self.room, "text", variables)
        return [replace(view.offer(self.room, text), copyable=plain(str(note)))]

    def choose(self, turn: Turn, option: str) -> bool:
        """Another note, or what is to be filled in."""
        if option == "names":
            return turn.enter("note_names", f"role.{shown(turn.view)}")
        kind, _, tone = option.partition(".")
        return kind in KINDS and tone in TONES and turn.enter(self.room, option)


class NoteNames(Keeper):
    """Asks what is filled into the notes: the job, then who they are to. Each can be skipped."""

    room = "note_names"
    pick = "text"
    said = {
        "note_names": {
            "role": frozenset({"now"}),
            "person": frozenset({"now"}),
            "too_long": frozenset({"most"}),
            "odd": NOTHING,
            "drop": NOTHING,
        }
    }

    def offered(self, view: View) -> Iterable[tuple[str, str]]:
        """Leaving it out or, where something was filled in, leaving it as it is as well."""
        if view.session.plan.details.get(_asked(view)[1]):
            yield label(view, self.room, "skip")
            yield label(view, self.room, "drop")
        else:
            yield "skip", view.words.label(self.room, "drop")

    def show(self, view: View) -> list[Message]:
        """The question that is open."""
        what, detail, _ = _asked(view)
        text = view.words.block(self.room, what, {"now": view.session.plan.details.get(detail, "")})
        return [view.offer(self.room, text)]

    def choose(self, turn: Turn, option: str) -> bool:
        """Goes on, with what was filled in or without."""
        if option == "drop":
            self._fill(turn, "")
        elif option == "skip":
            self._on(turn)
        else:
            return False
        return True

    def hear(self, turn: Turn, text: str) -> bool:
        """Takes a job or a name, if it can stand in a note."""
        name = clean(text)
        if len(name) > NAME_MOST:
            self._refuse(turn, "too_long", most=NAME_MOST)
        elif not can_stand(name):
            self._refuse(turn, "odd")
        else:
            self._fill(turn, name)
        return True

    def _refuse(self, turn: Turn, why: str, **variables: object) -> None:
        turn.understood()
        turn.messages.append(turn.view.note(self.room, why, **variables))

    def _fill(self, turn: Turn, name: str) -> None:
        session = turn.session
        turn.session = session.with_plan(session.plan.detailed(**{_asked(turn.view)[1]: name}))
        self._on(turn)

    def _on(self, turn: Turn) -> None:
        what, _, note = _asked(turn.view)
        if what == "role":
            turn.enter(self.room, f"person.{note}")
        else:
            turn.enter(ReadyWords.room, str(note))


def can_stand(name: str) -> bool:
    """Whether a text can stand in a note as a job or a name: letters and digits, and what joins them."""
    known = all(char in _SIGNS or category(char)[0] in "LM" or category(char) == "Nd" for char in name)
    return known and any(char.isalnum() for char in name)


def shown(view: View) -> Note:
    """The note that a room is about; for what it isn't about, the one that fits the verdict."""
    kind, _, tone = view.about.partition(".")
    if kind in TONES:
        kind, tone = "", kind
    return Note(kind if kind in KINDS else _fitting(view), tone if tone in TONES else TONES[0])


def _fitting(view: View) -> str:
    """The kind of note that fits what was decided or, as long as nothing is, the verdict."""
    answers = view.session.plan.answers
    outcome, verdict = answers.get(view.dialog.flow.outcome.id), view.dialog.table.judge(answers)
    if outcome == "declining" or (outcome != "going" and verdict in ("decline", "practise_elsewhere")):
        return "decline"
    return "ask" if verdict == "ask_first" else "accept"


def _asked(view: View) -> tuple[str, str, Note]:
    """What is asked for, the detail it is kept in, and the note it is for."""
    what, _, note = view.about.partition(".")
    kind, _, tone = note.partition(".")
    what = what if what in FILLED else "role"
    kind = kind if kind in KINDS else _fitting(view)
    return what, FILLED[what], Note(kind, tone if tone in TONES else TONES[0])


def _filled(view: View) -> Mapping[str, object]:
    """What a note is filled with: what the person gave, each empty where they gave nothing."""
    plan, first = view.session.plan, view.dialog.flow.questions[0].id
    interview, held_back = plan.answers.get(first), plan.answers.get("hesitations")
    held_back = held_back if isinstance(held_back, tuple) else ()
    level, pay = (f"{what}_too_low" in held_back for what in ("level", "salary"))
    # What somebody else put there, or an older program, may not stand in a note.
    names = {
        what: text if can_stand(text := plan.details.get(key, "")) else "" for what, key in FILLED.items()
    }
    return {
        **{what: name[:NAME_MOST] for what, name in names.items()},
        "date": view.day(interview.date) if isinstance(interview, Interview) and interview.date else "",
        "level": level or not pay,
        "pay": pay or not level,
    }
