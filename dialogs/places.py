"""Places as people type them, and the time zones there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dialogs.faults import ContentError, Fault, read
from dialogs.flow import parse_toml
from dialogs.understand import fold
from dialogs.when import zone_of

PLACES = Path(__file__).parent / "places.toml"

_PLACE_MOST = 60
"""Characters of a text that can be a place."""

_REGIONS = ("America", "Europe", "Asia", "Africa", "Australia", "Pacific", "Atlantic", "Indian")
"""What the names of zones begin with that are called after cities."""

_NAME = re.compile(r"[A-Za-z]+(/[A-Za-z_-]+){1,2}", re.ASCII)
_SMALL = re.compile(r"^(?:(?:im|i am|its|in|from|the|near|around|somewhere) )+")


@dataclass(frozen=True, slots=True)
class Places:
    """What is known of places: zones to offer at once, those of countries by code, and names for them."""

    offered: tuple[str, ...]
    countries: Mapping[str, tuple[str, ...]]
    named: Mapping[str, tuple[str, ...]]


@cache
def places() -> Places:
    """The places in ``places.toml``. Raises `ContentError` where it names a zone that there isn't."""
    source = read(PLACES)
    data = parse_toml(PLACES, source)
    countries = {code: tuple(entry["zones"]) for code, entry in data["countries"].items()}
    named = {
        fold(name): countries[code] for code, entry in data["countries"].items() for name in entry["called"]
    }
    named |= {fold(name): (zone,) for zone, names in data["zones"].items() for name in names}
    zones = {*data["offered"], *(zone for found in named.values() for zone in found)}
    faults = []
    for zone in sorted(zone for zone in zones if zone_of(zone) is None):
        line = source[: source.find(f'"{zone}"')].count("\n") + 1
        what, cure = f"there is no time zone {zone!r}", "use a name of the IANA time zone database"
        faults.append(Fault(str(PLACES), line, what, cure))
    if faults:
        raise ContentError(faults)
    return Places(tuple(data["offered"]), countries, named)


def zones_in(text: str) -> tuple[str, ...]:
    """The zones of a place that somebody typed; nothing where it isn't known.

    Takes a city, a country, or the name of a zone; several come back where it has several.
    """
    if len(text) > _PLACE_MOST:
        return ()
    if _NAME.fullmatch(text.strip()) and zone_of(text.strip()):
        return (text.strip(),)
    # "Boston, Massachusetts": what is known of it, the nearest first.
    for part in (text, *text.split(",")):
        folded = _SMALL.sub("", fold(part))
        if found := places().named.get(folded):
            return found
        city = "_".join(word.capitalize() for word in folded.split())
        for region in _REGIONS if city.replace("_", "").isascii() and city else ():
            if zone_of(f"{region}/{city}"):
                return (f"{region}/{city}",)
    return ()


def city_of(zone: str) -> str:
    """What a zone is called after, as it is written."""
    return zone.rpartition("/")[2].replace("_", " ")
