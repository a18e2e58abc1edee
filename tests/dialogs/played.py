"""Every walk of the project's dialog, played once for all tests that look at them."""

from functools import cache
from pathlib import Path

from dialogs.content import load
from dialogs.engine import Dialog
from dialogs.transcript import parse, play
from dialogs.walks import Step, walks
from dialogs.words import Words

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts"


@cache
def marked() -> Dialog:
    """The dialog with its points marked."""
    return load(marking=True)


@cache
def steps() -> tuple[Step, ...]:
    """The walks of it."""
    return tuple(walks(marked()))


@cache
def said() -> frozenset[tuple[str, str]]:
    """Every block of words that is said in its walks and in the transcripts, by template and block."""
    found: set[tuple[str, str]] = set()
    block, label = Words.block, Words.label

    def listening(self: Words, template: str, name: str, *variables: object) -> object:
        found.add((template, name))
        return block(self, template, name, *variables)  # type: ignore[arg-type]

    def reading(self: Words, template: str, name: str) -> str:
        found.add((template, name))
        return label(self, template, name)

    Words.block = listening  # type: ignore[method-assign, assignment]
    Words.label = reading  # type: ignore[method-assign, assignment]
    try:
        assert tuple(walks(marked())) == steps(), "walks are not the same each time"
        for file in TRANSCRIPTS.glob("*.txt"):
            assert list(play(marked(), parse(file.read_text("utf-8"))))
    finally:
        Words.block, Words.label = block, label  # type: ignore[method-assign]
    return frozenset(found)
