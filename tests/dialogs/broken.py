"""A copy of the project's flow, table and templates, to break."""

import shutil
from pathlib import Path

import pytest

from dialogs.content import FLOWS, load
from dialogs.faults import ContentError, Fault
from dialogs.flow import load_flow
from dialogs.verdict import load_table
from dialogs.words import templates_folder
from tests.dialogs.people import dialog


class Copy:
    """The content in a folder of its own. Takes the folder."""

    def __init__(self, folder: Path) -> None:
        self.flows, self.templates = folder / "flows", folder / "templates"
        shutil.copytree(FLOWS, self.flows)
        shutil.copytree(templates_folder(), self.templates)
        self.flow = self.flows / "decide.toml"
        self.table = self.flows / "decide.verdict.toml"

    def words(self, name: str) -> Path:
        """A template of the English."""
        return self.templates / "en" / "decide" / f"{name}.j2"

    def change(self, path: Path, old: str, new: str, *, after: str = "") -> int:
        """Puts one text for another, the first after some text; returns the line it stands on."""
        source = path.read_text("utf-8")
        at = source.index(old, source.index(after))
        path.write_text(source[:at] + new + source[at + len(old) :], "utf-8")
        return source.count("\n", 0, at) + 1

    def faults(self, path: Path | None = None) -> tuple[Fault, ...]:
        """All that is wrong with it, or with the flow or table at a path alone; something must be."""
        with pytest.raises(ContentError) as caught:
            self._load(path)
        faults = caught.value.faults
        assert str(caught.value) == "\n".join(map(str, faults))
        assert all(fault.what and fault.cure and Path(fault.path).is_absolute() for fault in faults)
        return faults

    def _load(self, path: Path | None) -> None:
        if path == self.flow:
            load_flow(self.flow)
        elif path == self.table:
            load_table(self.table, dialog().flow)
        else:
            load(self.templates, self.flows)

    def says(self, path: Path, line: int, what: str) -> None:
        """Fails unless a fault is named on that line of that file, with these words in it."""
        faults = self.faults(path)
        found = [fault for fault in faults if (fault.path, fault.line) == (str(path), line)]
        assert any(what in f"{fault.what}; {fault.cure}" for fault in found), faults
