"""What is wrong with a dialog's files, said so that its author can mend it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong in one file: where it is, what it is, and what to do about it."""

    path: str
    line: int
    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}; {self.cure}"


class ContentError(Exception):
    """A dialog that can't be loaded.

    Takes every fault found, at least one. Its text has one fault a line.
    """

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))


def read(path: Path) -> str:
    """A file's text; raises `ContentError` where it is missing or isn't UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ContentError([Fault(str(path), 1, f"it can't be read ({error.strerror})", "add it")]) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ContentError([Fault(str(path), line, "this is not UTF-8", "save it as UTF-8")]) from None


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a TOML file, to say on which line of it something is wrong.

    Takes the file, its source, and where the stretch begins and ends in it.
    """

    path: Path
    source: str
    start: int = 0
    end: int | None = None

    def entry(self, table: str, position: int) -> Place:
        """The stretch of one ``[[table]]`` here, counted from 0; all of this one where it isn't found."""
        end = len(self.source) if self.end is None else self.end
        begins = re.compile(rf"^[ \t]*\[\[? *{re.escape(table)} *\]", re.MULTILINE)
        found = list(begins.finditer(self.source, self.start, end))[position : position + 1]
        if not found:
            return self
        ends = re.compile(rf"^[ \t]*\[(?!\[ *{re.escape(table)}\.)", re.MULTILINE)
        after = ends.search(self.source, found[0].end(), end)
        return Place(self.path, self.source, found[0].start(), after.start() if after else end)

    def fault(self, what: str, cure: str, *, key: str = "", text: str = "") -> Fault:
        """A fault here: on the line of a key, of a text in its value or after it, or of the beginning."""
        at, end = self.start, len(self.source) if self.end is None else self.end
        line = re.compile(
            rf"^[ \t]*\"?{re.escape(key)}\"?[ \t]*[=.]|^[ \t]*\[+ *{re.escape(key)}\b", re.MULTILINE
        )
        if key and (found := line.search(self.source, at, end)):
            at = found.start()
        if text and (further := self.source.find(text, at, end)) >= 0:
            at = further
        return Fault(str(self.path), self.source.count("\n", 0, at) + 1, what, cure)

    def shape(self, entry: object, kinds: Mapping[str, str], needs: Iterable[str]) -> Iterator[Fault]:
        """What is wrong with the keys of a table: missing, unknown, or of another kind than `KINDS` says."""
        if not isinstance(entry, dict):
            yield self.fault(f"{entry!r} is no table", f"give it {', '.join(needs)}")
            return
        for key in needs:
            if key not in entry:
                yield self.fault(f"{key!r} is missing", f"add {key} = {KINDS[kinds[key]][1]}")
        for key, value in entry.items():
            if key not in kinds:
                yield self.fault(f"the key {key!r} is unknown", f"use {', '.join(kinds)}", key=key)
            elif not KINDS[kinds[key]][0](value):
                yield self.fault(
                    f"{key!r} is of the wrong type or empty", f"write {key} = {KINDS[kinds[key]][1]}", key=key
                )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


KINDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "text": (_is_text, '"…"'),
    "number": (lambda value: type(value) is int and value > 0, "1"),
    "date": (lambda value: type(value) is datetime.date, "2026-12-03"),
    "flag": (lambda value: isinstance(value, bool), "true or false"),
    "texts": (lambda value: isinstance(value, list) and all(map(_is_text, value)), '["…"]'),
    "table": (lambda value: isinstance(value, dict), "a [table]"),
    "tables": (lambda value: isinstance(value, list), "[[tables]]"),
}
"""What a value in a dialog's TOML may be, by name: whether it is, and how it is written."""
