"""What loading a dialog can't see: words too long or too hard, points left out, places nobody comes to.

Each check takes what it looks at and yields faults; `lint` runs them all, for every locale.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from dialogs import reading
from dialogs.content import COMMANDS, FLOWS, needed
from dialogs.engine import Dialog
from dialogs.events import Message
from dialogs.faults import Fault, Place, read
from dialogs.flow import parse_toml
from dialogs.graph import edges
from dialogs.markup import MarkupError, plain, with_quoted
from dialogs.points import ALL, made, marked, points, unmarked
from dialogs.render import NONE
from dialogs.rulebook import DONE, detours, state_name
from dialogs.understand import KNOWLEDGE
from dialogs.walks import Step, typed, walks
from dialogs.words import COMMON, Words

LABEL_MOST = 24
"""Characters of a button's label: about what a phone shows of one, two in a row of Telegram's keyboard."""

SHORT_MOST = 28
"""Characters of what a question is called for short, on a button of its own."""

TOKEN_MOST = 64
"""Bytes of a button's token: Telegram's limit for ``callback_data``."""

WORDS_MOST, SCENE_WORDS_MOST = 90, 45
"""Words of a message, and of the scene of a what-if."""

GRADE_MOST, GRADED_LEAST = 8.0, 30
"""The highest Flesch–Kincaid grade, and from how many words on a text has one."""

_ASKING = "~zzzz"  # a token's last part after a million and a half questions
_BLOCK = re.compile(r"{%-?\s*block\s+(\w+)\s*-?%}(.*?){%-?\s*endblock\b", re.DOTALL)
_POINT = re.compile(r"{%-?\s*point\s+([\w\s]*?)\s*-?%}")


def lint(dialog: Dialog, flows: Path = FLOWS) -> list[Fault]:
    """Every fault of a dialog that loading lets pass.

    Takes a dialog loaded with `marking`, and the folder its flow came from. Raises `ContentError` where a
    file of that folder can't be read.
    """
    paths = (flows / f"{dialog.flow.dialog}{end}.toml" for end in ("", ".verdict", ".points"))
    flow, table, declared = (Place(path, read(path)) for path in paths)
    faults = [*machine_faults(dialog, flow), *token_faults(dialog, flow)]
    for locale, words in dialog.words.items():
        played = list(walks(dialog, locale))
        faults += reach_faults(dialog, played, flow, table)
        faults += file_faults(dialog, words)
        faults += command_faults(dialog, locale)
        faults += label_faults(dialog, words)
        unreadable = list(markup_faults(dialog, words, played))
        faults += unreadable
        if not unreadable:
            faults += point_faults(words, played)
            faults += promise_faults(dialog, words)
            faults += declared_faults(words, declared)
            faults += text_faults(dialog, words, played)
    return sorted(set(faults))


# The flow and its machine.


def machine_faults(dialog: Dialog, flow: Place) -> Iterator[Fault]:
    """States with no way on, or none back, and questions that are asked in a circle."""
    on, back, advance = (defaultdict[str, set[str]](set) for _ in range(3))
    beside = {"restart", *dialog.flow.rooms, *(aside.id for aside in dialog.flow.asides)}
    around = {state_name(dialog.flow, state) for state in detours(dialog.flow)}
    for edge in edges(dialog.machine):
        if edge.trigger in ("back", "leave"):
            back[edge.source].add(edge.dest or edge.source)
        elif edge.trigger == "advance":
            advance[edge.source].add(edge.dest or edge.source)
        elif edge.source in around and edge.trigger not in beside:
            on[edge.source].add(edge.dest or edge.source)
    on |= advance
    done = state_name(dialog.flow, DONE)
    for state in dialog.machine.states:
        here = _entry(dialog, flow, state)
        if state != done and done not in _reached(on, state):
            yield here.fault(f"{state} is a dead end", "give it a way that leads on to the end")
        if state in _reached(advance, state):
            what = f"{state} comes round again without an answer between"
            yield here.fault(what, "let each question lead to later ones only")
        if not back[state]:
            yield here.fault(f"there is no way back from {state}", "give it one, as the other states have")


def _reached(ways: Mapping[str, set[str]], start: str) -> set[str]:
    """The states that some ways lead to from a state, in one step or more."""
    reached: set[str] = set()
    to_go = [start]
    while to_go:
        new = ways.get(to_go.pop(), set()) - reached
        reached |= new
        to_go += new
    return reached


def token_faults(dialog: Dialog, flow: Place) -> Iterator[Fault]:
    """Tokens that are longer than a platform carries."""
    commands = [*COMMANDS, *(aside.id for aside in dialog.flow.asides)]
    for question in dialog.flow.questions:
        for option in (*question.options, NONE, *commands):
            yield from _token_fault(dialog, flow, question.state, option)
    for state in detours(dialog.flow):
        for option in (*dialog.flow.by_id, *commands):
            yield from _token_fault(dialog, flow, state, option)


def _token_fault(dialog: Dialog, flow: Place, state: str, option: str) -> Iterator[Fault]:
    token = f"{state_name(dialog.flow, state)}:{option}{_ASKING}"
    if (size := len(token.encode())) > TOKEN_MOST:
        what = f"the button {option!r} in {state!r} has a token of {size} bytes"
        cure = f"shorten an id: {TOKEN_MOST} bytes are carried"
        yield _entry(dialog, flow, state_name(dialog.flow, state)).fault(what, cure, text=f'"{option}"')


def reach_faults(dialog: Dialog, played: Sequence[Step], flow: Place, table: Place) -> Iterator[Fault]:
    """States, options, asides and verdict rows that no walk comes to."""
    stood = {dialog.standing(step.session.plan) for step in played}
    shown = {message.state for step in played for message in step.messages}
    notes = {message.note for step in played for message in step.messages}
    taken = {
        (question, option)
        for step in played
        for question, answer in step.session.plan.answers.items()
        for option in ((answer or (NONE,)) if isinstance(answer, tuple) else (answer,))
    }
    for state in dialog.machine.states:
        if state not in stood:
            cure = "mend its guard, or remove it"
            yield _entry(dialog, flow, state).fault(f"nobody comes to {state}", cure, key="when")
    for question in dialog.flow.questions:
        state = state_name(dialog.flow, question.state)
        for option in (*question.options, *([NONE] if question.none else [])):
            if state in stood and (question.id, option) not in taken:
                what = f"nobody can answer {option!r} to {question.id!r}"
                cure = "give it an id and a label that nothing else has there"
                yield _entry(dialog, flow, state).fault(what, cure, text=f'"{option}"')
    for position, aside in enumerate(dialog.flow.asides):
        names = {aside.id, *(f"{question.state}.{aside.id}" for question in dialog.flow.questions)}
        if not shown & {state_name(dialog.flow, name) for name in names}:
            what = f"nobody comes to {aside.id!r}"
            cure = "let it be asked for in other words, or remove it"
            yield flow.entry("asides", position).fault(what, cure)
    for position, row in enumerate(dialog.table.rows):
        if f"{row.verdict} {row.row}" not in notes:
            what = f"no answers were found that row {row.row} decides"
            yield table.entry("rows", position).fault(what, "mend its guard, or one before it", key="when")


def _entry(dialog: Dialog, flow: Place, state: str) -> Place:
    """Where the question of a state stands in the flow's file, or all of the file."""
    question = dialog.flow.by_state.get(state.partition("/")[2])
    return flow.entry("questions", dialog.flow.questions.index(question)) if question else flow


# The words, block by block.


def file_faults(dialog: Dialog, words: Words) -> Iterator[Fault]:
    """Files that hold nothing anybody says."""
    used = {COMMON} | {template for template, _ in needed(dialog.flow, dialog.table)}
    for path in sorted(words.folder.iterdir()):
        if (path.suffix != ".j2" or path.stem not in used) and not path.name.startswith("."):
            yield Fault(str(path), 1, "nothing uses this file", "remove it, or mend its name")


def command_faults(dialog: Dialog, locale: str) -> Iterator[Fault]:
    """Commands that nobody can type in a locale."""
    path = KNOWLEDGE / locale / "vocabulary.toml"
    for command in (*COMMANDS, *(aside.id for aside in dialog.flow.asides)):
        # "Done" is a button only: a line that names options is done when it ends.
        if command != "done" and not typed(command, locale):
            yield Fault(str(path), 1, f"no phrase stands for {command!r}", "add one under [commands]")


def label_faults(dialog: Dialog, words: Words) -> Iterator[Fault]:
    """Labels that are too long, or that can't be told apart when typed."""
    commands = [*COMMANDS, *(one.id for one in (*dialog.flow.shown, *dialog.flow.after))]
    for command in commands:
        yield from _length_fault(words, COMMON, command, words.label(COMMON, command), LABEL_MOST)
    for question in dialog.flow.questions:
        named = dialog.labels[words.locale][question.id]
        yield from _length_fault(words, question.id, "short", named.short, SHORT_MOST)
        seen: dict[str, str] = {}
        for option, label in named.options.items():
            owner = question.id if (question.id, option) in set(words) else COMMON
            path, at = str(words.path(owner)), words.line(owner, option)
            yield from _length_fault(words, owner, option, label, LABEL_MOST)
            if "," in label:
                yield Fault(
                    path, at, f"the label {label!r} has a comma", "a comma divides answers: leave it out"
                )
            if (other := seen.setdefault(label.casefold(), option)) != option:
                what = f"{other!r} and {option!r} of {question.id!r} have the same label"
                yield Fault(path, at, what, "word one of them otherwise")


def _length_fault(words: Words, template: str, block: str, label: str, most: int) -> Iterator[Fault]:
    if len(label) > most:
        what = f"the label {label!r} has {len(label)} characters"
        cure = f"say it in {most}: a phone shows no more"
        yield Fault(str(words.path(template)), words.line(template, block), what, cure)


# The points.


def point_faults(words: Words, played: Iterable[Step]) -> Iterator[Fault]:
    """Points that nobody can reach, and marks of points that there aren't."""
    marks: dict[str, tuple[Path, int]] = {}
    for path in sorted(words.folder.glob("*.j2")):
        source = path.read_text(encoding="utf-8")
        for found in _POINT.finditer(source):
            at = source.count("\n", 0, found.start()) + 1
            for name in found[1].split():
                marks.setdefault(name, (path, at))
                if name not in ALL:
                    what = f"there is no point {name}"
                    yield Fault(str(path), at, what, f"use one from {ALL[0]} to {ALL[-1]}")
    reached = points(played)
    for point in ALL:
        if not reached[point]:
            path, at = marks.get(point, (words.folder, 1))
            cure = f"mark a sentence that makes it with {{% point {point} %}}, where somebody comes"
            yield Fault(str(path), at, f"nobody can reach the point {point}", cure)


def promise_faults(dialog: Dialog, words: Words) -> Iterator[Fault]:
    """Points that a question's text, or what is said with a verdict row, must make and doesn't."""
    for question in dialog.flow.questions:
        text = [(question.id, "text")]
        if question.points:
            yield from _unmade(words, text, question.points, also=False)
    for row in dialog.table.rows:
        blocks = [(f"verdict.{row.row}", part) for part in ("verdict", "chairs", "next")]
        yield from _unmade(words, blocks, row.points, also=False)
        yield from _unmade(words, blocks, row.points + row.also_points, also=True)


def _unmade(
    words: Words, blocks: Sequence[tuple[str, str]], wanted: Iterable[str], *, also: bool
) -> Iterator[Fault]:
    found = {point for block in blocks for point in made(str(words.block(*block, {"also": also})))}
    for point in wanted:
        if point not in found:
            what = f"the point {point} is promised by the flow and not made here"
            cure = f"mark the sentence that makes it with {{% point {point} %}}"
            yield Fault(str(words.path(blocks[0][0])), words.line(*blocks[0]), what, cure)


def declared_faults(words: Words, declared: Place) -> Iterator[Fault]:
    """Blocks that make other points than is declared for them: so no point is lost unnoticed."""
    wanted: dict[tuple[str, str], set[str]] = {}
    for template, blocks in parse_toml(declared.path, declared.source).items():
        kinds = dict.fromkeys(blocks, "texts") if isinstance(blocks, dict) else {}
        shape = list(declared.shape(blocks, kinds, ()))
        yield from shape
        wanted |= {} if shape else {(template, block): set(names) for block, names in blocks.items()}
    marked = dict(_marks(words))
    for template, block in sorted({*wanted, *marked}):
        here = wanted.get((template, block), set()), marked.get((template, block), set())
        for point in sorted(here[0] - here[1]):
            what = f"the point {point} is declared for the block {block!r} and not marked in it"
            cure = f"mark the sentence that makes it, or take it out of {declared.path.name}"
            yield Fault(str(words.path(template)), words.line(template, block), what, cure)
        for point in sorted(here[1] - here[0]):
            what = f"the block {block!r} makes the point {point}, which isn't declared for it"
            cure = f"add it to {declared.path.name}, under [{json.dumps(template)}]"
            yield Fault(str(words.path(template)), words.line(template, block), what, cure)


def _marks(words: Words) -> Iterator[tuple[tuple[str, str], set[str]]]:
    """The blocks that mark points, and which, whatever their conditions."""
    for path in sorted(words.folder.glob("*.j2")):
        for block in _BLOCK.finditer(path.read_text(encoding="utf-8")):
            names = {name for found in _POINT.finditer(block[2]) for name in found[1].split()}
            if names:
                yield (path.stem, block[1]), names


# The words as they are said.


def markup_faults(dialog: Dialog, words: Words, played: Iterable[Step]) -> Iterator[Fault]:
    """Messages with markup that is not in the set, or not closed."""
    for step, message in _messages(played):
        try:
            plain(with_quoted(message.text, message.copyable))
        except MarkupError as error:
            yield _fault(dialog, words, step, message, str(error), "mend the markup")


def text_faults(dialog: Dialog, words: Words, played: Iterable[Step]) -> Iterator[Fault]:
    """Messages with too many words, or hard to read, and points that run over a line's end."""
    for step, message in _messages(played):
        text = plain(unmarked(with_quoted(message.text, message.copyable)))
        most = SCENE_WORDS_MOST if _is_scene(dialog, message) else WORDS_MOST
        if (count := len(text.split())) > most:
            yield _fault(dialog, words, step, message, f"this message has {count} words", f"cut it to {most}")
        if count >= GRADED_LEAST and _is_graded(dialog, words, step, message):
            grade = reading.grade(text)
            if grade > GRADE_MOST:
                what = f"this message has reading grade {grade:.1f}"
                cure = f"use shorter sentences and words: {GRADE_MOST:g} is the most"
                yield _fault(dialog, words, step, message, what, cure)
        for point, sentence in marked(message.text):
            if "\n" in sentence:
                what = f"the point {point} runs over the end of a line"
                yield _fault(dialog, words, step, message, what, "mark it within one paragraph or bullet")


def _messages(played: Iterable[Step]) -> Iterator[tuple[Step, Message]]:
    """Each text that is said, once, with the step that says it."""
    told: set[tuple[str, str]] = set()
    for step in played:
        for message in step.messages:
            if (message.state, message.text) not in told:
                told.add((message.state, message.text))
                yield step, message


def _is_scene(dialog: Dialog, message: Message) -> bool:
    """Whether a message is a what-if's own: those questions carry the name of their group."""
    state = message.state.partition("/")[2]
    return state in dialog.flow.by_state and state.partition(".")[0] in dialog.flow.most


def _is_graded(dialog: Dialog, words: Words, step: Step, message: Message) -> bool:
    """Whether a message has a reading grade: the formula is English's, and a list of names is no prose."""
    template, block = _origin(dialog, step, message.state.partition("/")[2])
    read = words.variables(template, block) if (template, block) in set(words) else frozenset()
    return words.locale.partition("-")[0] == "en" and not read & {"said", "places"}


def _fault(dialog: Dialog, words: Words, step: Step, message: Message, what: str, cure: str) -> Fault:
    template, block = _origin(dialog, step, message.state.partition("/")[2])
    return Fault(str(words.path(template)), words.line(template, block), what, cure)


def _origin(dialog: Dialog, step: Step, state: str) -> tuple[str, str]:
    """The template and the block that a message's words come from, or most of them."""
    flow = dialog.flow
    head, _, tail = state.rpartition(".")
    asides = {aside.id: aside for aside in flow.asides}
    if state == DONE:
        return DONE, str(step.session.plan.answers[flow.outcome.id])
    if head in flow.by_state and tail in asides and asides[tail].words == "question":
        return flow.by_state[head].id, tail
    if flow.outcome.state in (state, head):
        row = dialog.table.explain(step.session.plan.answers).row
        return f"verdict.{row}", tail if head else "verdict"
    return flow.by_state[state].id if state in flow.by_state else state, "text"
