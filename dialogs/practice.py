"""Where to practise, and whom to talk to about work: services by country, as data with their sources."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialogs.faults import ContentError, Fault, Place, read
from dialogs.flow import parse_toml

OFFERS = ("workshops", "mock", "adviser", "tips", "association")
"""What a place can offer; each has its words in the template of the room that names them."""


@dataclass(frozen=True, slots=True)
class Practice:
    """A place to practise or somebody to ask, with the pages that say so and the day these were read.

    `offers` are of `OFFERS`; `countries` are codes of ISO 3166, none for anywhere; `free` says that it
    costs nothing; `call` is a number and `web` an address, each empty where there is none.
    """

    name: str
    offers: tuple[str, ...]
    sources: tuple[str, ...]
    checked: datetime.date
    countries: tuple[str, ...] = ()
    free: bool = False
    call: str = ""
    web: str = ""


class Places:
    """All places. Takes what `load_practice` read and checked."""

    def __init__(self, places: Sequence[Practice] = ()) -> None:
        self.places = tuple(places)
        self.countries = tuple(dict.fromkeys([code for place in places for code in place.countries]))

    def near(self, country: str) -> tuple[Practice, ...]:
        """The places in a country, then those for anywhere."""
        there = [place for place in self.places if country in place.countries]
        return (*there, *(place for place in self.places if not place.countries))


_FILE = {"places": "tables"}
_PLACE = {
    "name": "text", "offers": "texts", "countries": "texts", "free": "flag", "call": "text", "web": "text",
    "sources": "texts", "checked": "date",
}  # fmt: skip
"""What the TOML holds: the keys of each table, with the kind of their values (`faults.KINDS`)."""

NAME_MOST = 60
"""Characters of a place's name: so that several fit into a message for a phone."""

_CODE = re.compile(r"[A-Z]{2}")
_NUMBER = re.compile(r"\+?[0-9](?:[ -]?[0-9])+")
_WEB = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[\w./-]*)?", re.ASCII)
_SOURCE = re.compile(r"https?://[^\s/]+\.[^\s/]+(?:/\S*)?")


def load_practice(path: Path, overlay: Path | None = None) -> Places:
    """The places to practise, from their TOML file and an operator's own.

    Takes the file and, if there is one, another of the same shape: its places replace those of the same
    name, or come after them. Raises `ContentError` with every fault in both, each with its line.
    """
    found: dict[str, Practice] = {}
    faults: list[Fault] = []
    for each in (path, overlay):
        try:
            found |= {place.name: place for place in (_load(each) if each else ())}
        except ContentError as error:
            faults += error.faults
    if faults:
        raise ContentError(faults)
    return Places(list(found.values()))


def _load(path: Path) -> list[Practice]:
    source = read(path)
    data = parse_toml(path, source)
    if faults := list(_faults(Place(path, source), data)):
        raise ContentError(faults)
    return [Practice(**_frozen(entry)) for entry in data["places"]]


def _frozen(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}


def _faults(file: Place, data: Mapping[str, Any]) -> Iterator[Fault]:
    """Everything wrong with one file."""
    if faults := list(file.shape(data, _FILE, _FILE)):
        yield from faults
        return
    names: set[str] = set()
    for position, entry in enumerate(data["places"]):
        place = file.entry("places", position)
        if faults := list(place.shape(entry, _PLACE, ("name", "offers", "sources", "checked"))):
            yield from faults
            continue
        yield from _place_faults(place, entry)
        if entry["name"] in names:
            yield place.fault(f"the place {entry['name']!r} stands twice", "remove one", key="name")
        names.add(entry["name"])


def _place_faults(place: Place, entry: Mapping[str, Any]) -> Iterator[Fault]:
    name = entry["name"]
    if len(name) > NAME_MOST or not name.isprintable():
        what = f"the name {name!r} is longer than {NAME_MOST} characters, or can't be shown"
        yield place.fault(what, "say it shorter, on one line", key="name")
    if not {"call", "web"} & set(entry):
        yield place.fault(f"nothing says how to reach {name!r}", "add call or web", key="name")
    for key in ("offers", "sources"):
        if not entry[key]:
            yield place.fault(f"{key!r} of {name!r} is empty", "name at least one", key=key)
    for offer in entry["offers"]:
        if offer not in OFFERS:
            cure = f"use some of {', '.join(OFFERS)}"
            yield place.fault(
                f"{offer!r} is nothing that is known here", cure, key="offers", text=f'"{offer}"'
            )
    for code in entry.get("countries", ()):
        if not _CODE.fullmatch(code):
            what = f"{code!r} is no country's code"
            yield place.fault(what, 'write two capitals: "NZ"', key="countries", text=f'"{code}"')
    if "call" in entry and not _NUMBER.fullmatch(entry["call"]):
        yield place.fault(
            f"{entry['call']!r} can't be dialled", 'write digits in groups: "0800 100 900"', key="call"
        )
    if "web" in entry and not _WEB.fullmatch(entry["web"]):
        what = f"{entry['web']!r} is no address as people type it"
        yield place.fault(what, 'write it without https://: "example.org/jobs"', key="web")
    for source in entry["sources"]:
        if not _SOURCE.fullmatch(source):
            what = f"the source {source!r} is no address"
            yield place.fault(what, 'write it in full: "https://…"', key="sources", text=f'"{source}"')
