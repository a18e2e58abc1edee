"""People to talk to when it is heavier than an interview: services by country, as data with their sources."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialogs.faults import ContentError, Fault, Place, read
from dialogs.flow import parse_toml


@dataclass(frozen=True, slots=True)
class Service:
    """Somebody to reach, with the pages that say so and the day these were read.

    `countries` are the codes of those it is for, none for anywhere; `call` and `text` are numbers, `web`
    is an address, each empty where there is none; so are `hours` where it is open round the clock.
    """

    name: str
    sources: tuple[str, ...]
    checked: datetime.date
    countries: tuple[str, ...] = ()
    call: str = ""
    text: str = ""
    web: str = ""
    hours: str = ""


class People:
    """All services, and the countries in which a locale is likely read.

    Takes what `load_people` read and checked.
    """

    def __init__(self, services: Sequence[Service], likely: Mapping[str, Sequence[str]]) -> None:
        self.services = tuple(services)
        self._likely = likely

    def near(self, locale: str) -> tuple[Service, ...]:
        """The services to name in a locale: its countries', then those for anywhere.

        The first locale stands in for one that isn't listed.
        """
        codes = self._likely.get(locale) or next(iter(self._likely.values()), ())
        found = [one for code in codes for one in self.services if code in one.countries]
        anywhere = [one for one in self.services if not one.countries]
        return tuple(dict.fromkeys([*found, *anywhere]))


_PEOPLE = {"locales": "table", "services": "tables"}
_SERVICE = {
    "name": "text", "countries": "texts", "call": "text", "text": "text", "web": "text", "hours": "text",
    "sources": "texts", "checked": "date",
}  # fmt: skip
"""What the TOML holds: the keys of each table, with the kind of their values (`faults.KINDS`)."""

_CODE = re.compile(r"[A-Z]{2}")
_NUMBER = re.compile(r"[0-9](?: ?[0-9])+")
_SOURCE = re.compile(r"https?://[^\s/]+\.[^\s/]+(?:/\S*)?")


def load_people(path: Path) -> People:
    """The people to talk to, from their TOML file.

    Raises `ContentError` with every fault in it, each with its line.
    """
    source = read(path)
    data = parse_toml(path, source)
    if faults := list(_faults(Place(path, source), data)):
        raise ContentError(faults)
    services = [Service(**_frozen(entry)) for entry in data["services"]]
    return People(services, {locale: tuple(codes) for locale, codes in data["locales"].items()})


def _frozen(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}


def _faults(file: Place, data: Mapping[str, Any]) -> Iterator[Fault]:
    """Everything wrong with the file."""
    if faults := list(file.shape(data, _PEOPLE, _PEOPLE)):
        yield from faults
        return
    codes: set[str] = set()
    seen: set[tuple[str, str]] = set()
    anywhere = False
    for position, entry in enumerate(data["services"]):
        place = file.entry("services", position)
        if faults := list(place.shape(entry, _SERVICE, ("name", "sources", "checked"))):
            yield from faults
            continue
        yield from _service_faults(place, entry)
        codes |= set(entry.get("countries", ()))
        anywhere = anywhere or not entry.get("countries")
        for told in [(key, entry[key]) for key in ("name", "web") if key in entry]:
            if told in seen:
                yield place.fault(f"the {told[0]} {told[1]!r} stands twice", "remove one", key=told[0])
            seen.add(told)
    if not anywhere:
        cure = "add a service without countries, for who is anywhere else"
        yield file.fault("there is nobody to reach from everywhere", cure, key="services")
    locales = file.entry("locales", 0)
    faults = list(locales.shape(data["locales"], dict.fromkeys(data["locales"], "texts"), ()))
    yield from faults
    for locale, named in data["locales"].items() if not faults else ():
        for code in sorted(set(named) - codes):
            what = f"{locale!r} names {code!r}, and no service is there"
            yield locales.fault(what, "add one under [[services]], or leave it out", key=locale)


def _service_faults(place: Place, entry: Mapping[str, Any]) -> Iterator[Fault]:
    name = entry["name"]
    if not {"call", "text", "web"} & set(entry):
        yield place.fault(f"nothing says how to reach {name!r}", "add call, text or web", key="name")
    for code in entry.get("countries", ()):
        if not _CODE.fullmatch(code):
            what = f"{code!r} is no country's code"
            yield place.fault(what, 'write two capitals: "NZ"', key="countries", text=f'"{code}"')
    for key in ("call", "text"):
        if key in entry and not _NUMBER.fullmatch(entry[key]):
            what = f"{entry[key]!r} can't be dialled"
            yield place.fault(what, 'write digits in groups: "116 123"', key=key)
    if not entry["sources"]:
        yield place.fault(f"{name!r} has no source", "add a page of its own that says so", key="sources")
    for source in entry["sources"]:
        if not _SOURCE.fullmatch(source):
            what = f"the source {source!r} is no address"
            yield place.fault(what, 'write it in full: "https://…"', key="sources", text=f'"{source}"')
