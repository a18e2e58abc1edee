"""What is kept of a person, and of which kind it is: ``flows/<dialog>.kept.toml``.

The privacy text says every kind; a test holds the file against the tables and the code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialogs.faults import ContentError, Fault, Place, read
from dialogs.flow import parse_toml

KINDS = ("answers", "words", "settings", "timers", "technical", "installation")
"""The kinds, in the order in which people hear of them."""

NAMED = ("details", "settings")
"""The parts whose entries have a name in the export, too."""

_PARTS = ("columns", "fields", *NAMED)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept, by the kind of each: columns of tables, fields of a session, details and settings."""

    columns: Mapping[str, str]
    fields: Mapping[str, str]
    details: Mapping[str, str]
    settings: Mapping[str, str]


def load_kept(path: Path) -> Kept:
    """What is kept, from its TOML file.

    Raises `ContentError` with every fault in it, each with its line.
    """
    source = read(path)
    data = parse_toml(path, source)
    if faults := list(_faults(Place(path, source), data)):
        raise ContentError(faults)
    return Kept(**data)


def _faults(file: Place, data: Mapping[str, Any]) -> Iterator[Fault]:
    if faults := list(file.shape(data, dict.fromkeys(_PARTS, "table"), _PARTS)):
        yield from faults
        return
    for part in _PARTS:
        place = file.entry(part, 0)
        faults = list(place.shape(data[part], dict.fromkeys(data[part], "text"), ()))
        yield from faults
        for name, kind in data[part].items() if not faults else ():
            if kind not in KINDS:
                cure = f"use one of {', '.join(KINDS)}"
                yield place.fault(f"{name!r} is of the unknown kind {kind!r}", cure, text=f'"{kind}"')
