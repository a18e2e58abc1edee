"""Loading a dialog: flow, verdict table and words, checked against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from dialogs.engine import Dialog
from dialogs.export import FILE_WORDS
from dialogs.faults import ContentError, Fault, Place, read
from dialogs.flow import Flow, load_flow, parse_toml
from dialogs.kept import NAMED, Kept, load_kept
from dialogs.people import People, load_people
from dialogs.practice import Places, load_practice
from dialogs.reminders import AFTER, BEFORE
from dialogs.render import NONE, USEFUL_ANSWERS
from dialogs.rooms import KEEPERS
from dialogs.session import NUDGE
from dialogs.settings import KEEP_DAYS
from dialogs.understand import Scorer, vocabulary
from dialogs.verdict import Table, load_table
from dialogs.words import COMMON, Words, locales, templates_folder

FLOWS = Path(__file__).parent / "flows"
"""Where the flows stand, in a checkout and in an installed wheel."""

COMMANDS = (
    "skip", "back", "restart", "stop", "again", "change", "suppose", "keep", "leave", "done",
    "none_of_these", "remind", "remind_off", "export", *USEFUL_ANSWERS,
)  # fmt: skip
"""What can be asked for beside the asides; each needs a label, for there are buttons for it."""

SAID: Mapping[str, Mapping[str, frozenset[str]]] = {
    "welcome": {"text": frozenset()},
    "welcome_back": {"text": frozenset({"label", "verdict", "others"})},
    "unnamed": {"text": frozenset({"number"})},
    "said": {"text": frozenset({"said"}), "understood": frozenset({"said"}), "skipped": frozenset()},
    "noted": {"text": frozenset({"said"})},
    "suggest": {"text": frozenset()},
    "changed": {"text": frozenset({"said"})},
    "kept": {"text": frozenset({"said"})},
    "unclear": {"once": frozenset(), "twice": frozenset()},
    "menu": {"text": frozenset()},
    "unreadable": {"unreadable": frozenset(), "edited": frozenset()},
    "stale": {"text": frozenset(), "form": frozenset()},
    "undone": {"text": frozenset(), "nothing": frozenset({"others"})},
    "restarted": {"text": frozenset({"reminded", "others"})},
    "required": {"cannot_skip": frozenset(), "pick_one": frozenset()},
    "not_here": {"text": frozenset(), "later": frozenset()},
    "stopped": {"text": frozenset({"reminded"})},
    "remind": {"text": frozenset(), "off": frozenset(), "none": frozenset(), "decided": frozenset()},
    "useful": {"text": frozenset(), "thanks": frozenset()},
    "export": {
        "text": frozenset(),
        "made": frozenset({"at"}),
        "interview": frozenset({"number", "label"}),
        **dict.fromkeys([f"name_{name}" for name in (NUDGE, BEFORE, AFTER)], frozenset[str]()),
        **dict.fromkeys(FILE_WORDS, frozenset[str]()),
    },
    "day": {"text": frozenset({"weekday", "day", "month", "year", "time"})},
    "nudge": {"text": frozenset({"label", "late", "days"})},
    "verdict": {"text": frozenset({"headline", "because"})},
    "verdict.chairs": {"text": frozenset({"chairs", "flips"})},
    "verdict.next": {"text": frozenset({"next", "verdict"})},
    "change": {"text": frozenset()},
    "suppose": {"text": frozenset()},
    "suppose.ask": {"text": frozenset({"question", "said"})},
    "supposed": {"text": frozenset({"question", "said", "was", "now", "because", "same"})},
}
"""The templates every dialog has beside its questions: their blocks, and what each may read."""


def load(
    templates: Path | None = None,
    flows: Path = FLOWS,
    *,
    dialog: str = "decide",
    marking: bool = False,
    scorer: Scorer | None = None,
    keep_days: int = KEEP_DAYS,
    practice: Path | None = None,
) -> Dialog:
    """A dialog from its files.

    Takes the folder of templates and the folder of flows, the project's own unless given; `marking`
    keeps the marks round points, for authors' tools; `scorer` suggests in place of the default one;
    `keep_days` are the days of silence for which the operator keeps conversations; `practice` is an
    operator's own file of places to practise.
    Raises `ContentError` with every fault found.
    """
    templates = templates or templates_folder()
    faults: list[Fault] = []
    words: dict[str, Words] = {}
    flow: Flow | None = None
    table: Table | None = None
    people: People | None = None
    kept: Kept | None = None
    places: Places | None = None
    for locale in locales(templates, dialog):
        words[locale] = Words(templates, locale, dialog, marking=marking, faults=faults)
        try:
            vocabulary(locale)
        except ContentError as error:
            faults += error.faults
    rules = flows / f"{dialog}.verdict.toml"
    try:
        flow = load_flow(flows / f"{dialog}.toml")
    except ContentError as error:
        faults += error.faults
    try:
        if flow:
            table = load_table(rules, flow)
        else:
            parse_toml(rules, read(rules))
    except ContentError as error:
        faults += error.faults
    try:
        people = load_people(flows / f"{dialog}.people.toml")
    except ContentError as error:
        faults += error.faults
    try:
        kept = load_kept(flows / f"{dialog}.kept.toml")
    except ContentError as error:
        faults += error.faults
    try:
        places = load_practice(flows / f"{dialog}.practice.toml", practice)
    except ContentError as error:
        faults += error.faults
    if not words:
        faults.append(Fault(str(templates), 1, "there are no templates", f"add en/{dialog}/*.j2"))
    if flow:
        place = Place(flows / f"{dialog}.toml", read(flows / f"{dialog}.toml"))
        for position, room in enumerate(flow.rooms):
            if room not in KEEPERS:
                cure = "give it one in dialogs/rooms, or remove it"
                faults.append(place.entry("rooms", position).fault(f"nobody keeps the room {room!r}", cure))
        for found in words.values():
            faults += word_faults(flow, table, found, people, kept)
    if faults or not flow or not table or not people:
        raise ContentError(faults)
    return Dialog(flow, table, words, people, scorer, keep_days=keep_days, practice=places)


def needed(flow: Flow, table: Table | None) -> dict[tuple[str, str], frozenset[str]]:
    """Every block that a dialog can come to say, by (template, block), with the variables it may read.

    Takes the flow and its table; without one, what only the flow says.
    """
    blocks: dict[tuple[str, str], frozenset[str]] = {
        (template, block): reads for template, found in SAID.items() for block, reads in found.items()
    }
    for question in flow.questions:
        parts = ["short", *(aside.id for aside in flow.asides if aside.words == "question")]
        parts += [*question.options, *([NONE] if question.none else [])]
        parts += ["text"] if question is not flow.outcome else []
        parts += ["ask"] if question.skip or set(question.unsure) & set(question.options) else []
        blocks |= {(question.id, part): frozenset() for part in parts}
    blocks |= {("done", option): frozenset({"debriefed"}) for option in flow.outcome.options}
    for row in table.rows if table else ():
        parts = ["verdict", "chairs", "next", *(aside.id for aside in flow.asides if aside.words == "row")]
        blocks |= {(f"verdict.{row.row}", part): frozenset({"also"}) for part in parts}
        for asked, option in row.because:
            template = "pulls" if asked == "counting" else asked
            blocks[template, f"because_{option or NONE}"] = frozenset()
    blocks |= {(COMMON, f"verdict_{verdict}"): frozenset() for verdict in (table.verdicts if table else ())}
    offers = (name for aside in flow.asides for name in aside.offers)
    asides = (aside.id for aside in flow.asides if aside.button or aside.at == "questions")
    for room in flow.rooms:
        keeper = KEEPERS.get(room)
        for template, found in (keeper.said if keeper else {}).items():
            blocks |= {(template, block): reads for block, reads in found.items()}
    rooms = (room.id for room in flow.rooms.values() if room.button or room.after)
    buttons = (*COMMANDS, *asides, *rooms, *offers, "help")
    blocks |= {(COMMON, name): frozenset() for name in buttons}
    for aside in flow.asides:
        if aside.words == "own":
            blocks[aside.id, "text"] = frozenset({"people"} if aside.alone else ())
    return blocks


def countries(flow: Flow, people: People, words: Words) -> Iterator[tuple[str, str]]:
    """The blocks that name the countries of the people to talk to in a locale, by (template, block)."""
    for aside in flow.resting:
        if (aside, "text") in set(words) and "people" in words.variables(aside, "text"):
            for service in people.near(words.locale):
                for code in service.countries:
                    yield aside, f"country_{code}"


def word_faults(
    flow: Flow,
    table: Table | None,
    words: Words,
    people: People | None = None,
    kept: Kept | None = None,
) -> Iterator[Fault]:
    """Blocks that a locale lacks, blocks that read what they aren't given, and blocks nobody says.

    Takes the flow, its table, the people to talk to, and what is kept; without one of them, what the
    others say.
    """
    blocks = needed(flow, table)
    for part in NAMED if kept else ():
        blocks |= {("export", f"name_{name}"): frozenset() for name in getattr(kept, part)}
    if people:
        blocks |= dict.fromkeys(countries(flow, people, words), frozenset())
    asides = {aside.id for aside in flow.asides}
    for (template, block), reads in blocks.items():
        path = str(words.path(template))
        if words.broken & {template, COMMON}:
            continue  # what these lack is known when they parse
        # The common words have a button for each aside; what an aside says is the template's own.
        own = (template, block) in set(words)
        if not own and (block in asides or not words.has(template, block)):
            what = f"the block {block!r} is missing"
            yield Fault(path, 1, what, f"add {{% block {block} %}}…{{% endblock %}}")
            continue
        owner = template if own else COMMON
        for name in sorted(words.variables(owner, block) - reads):
            cure = f"use one of {', '.join(sorted(reads))}" if reads else "it may read nothing"
            yield Fault(path, words.line(owner, block), f"the block {block!r} reads {name!r}", cure)
    shared = {
        block for template, block in blocks if template != COMMON and (template, block) not in set(words)
    }
    options = {question.id: {f"ask_{option}" for option in question.options} for question in flow.questions}
    for template, block in words if table and people and kept else ():
        used = (template, block) in blocks or block in options.get(template, ())
        if not used and not (template == COMMON and block in shared):
            yield Fault(
                str(words.path(template)), words.line(template, block),
                f"nothing ever says the block {block!r}", "remove it, or mend its name",
            )  # fmt: skip
