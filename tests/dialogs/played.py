"""Every walk of the project's dialog, played once for all tests that look at them."""

from functools import cache

from dialogs.content import load
from dialogs.engine import Dialog
from dialogs.walks import Step, walks
from dialogs.words import Words


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
    """Every block of words that is said in its walks, by template and block."""
    found: set[tuple[str, str]] = set()
    block = Words.block

    def listening(self: Words, template: str, name: str, *variables: object) -> object:
        found.add((template, name))
        return block(self, template, name, *variables)  # type: ignore[arg-type]

    Words.block = listening  # type: ignore[method-assign, assignment]
    try:
        assert tuple(walks(marked())) == steps(), "walks are not the same each time"
    finally:
        Words.block = block  # type: ignore[method-assign]
    return frozenset(found)
