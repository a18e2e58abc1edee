"""The words: Jinja2 templates, ``templates/<locale>/<dialog>/<state>.j2``, in blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateSyntaxError, meta, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from dialogs.faults import ContentError, Fault, read

COMMON = "_common"
"""The file that holds the words that many states share."""

OPEN, MIDDLE, CLOSE = "\ue000", "\ue001", "\ue002"
"""What stands round a sentence that makes a point, where points are marked (private use characters)."""

_BREAK = re.compile(r"[^\S\n]*\n\s*")


class PointTag(Extension):
    """``{% point A19 %}…{% endpoint %}``: says which points a sentence makes.

    It leaves no trace in what users read; authors' tools switch on `marking` to see it.
    """

    tags = {"point"}  # noqa: RUF012 - Jinja2's own declaration
    marking = False

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """The nodes for one tag: its body, between marks where they are wanted."""
        line = next(parser.stream).lineno
        names = []
        while parser.stream.current.test("name"):
            names.append(next(parser.stream).value)
        body = parser.parse_statements(("name:endpoint",), drop_needle=True)
        if not names:
            parser.fail("a point tag names no point", line)
        if not self.marking:
            return body
        before = nodes.Output([nodes.TemplateData(OPEN + " ".join(names) + MIDDLE)])
        return [before, *body, nodes.Output([nodes.TemplateData(CLOSE)])]


class MarkingPointTag(PointTag):
    """The same tag where points are wanted in the output."""

    marking = True


def templates_folder() -> Path:
    """Where the templates stand: inside an installed wheel, or beside the package in a checkout."""
    here = Path(__file__).parent
    inside = here / "templates"
    return inside if inside.is_dir() else here.parent / "templates"


class Words:
    """The words of one dialog in one locale.

    Takes the templates' folder (`templates_folder`), the locale and the dialog; `marking` keeps the
    marks round points. Raises `ContentError` with every template that doesn't work, unless it is given
    a list of `faults` to put them in; then `broken` names those templates.
    """

    def __init__(
        self,
        root: Path,
        locale: str,
        dialog: str,
        *,
        marking: bool = False,
        faults: list[Fault] | None = None,
    ) -> None:
        self.locale = locale
        self.folder = root / locale / dialog
        self._env = SandboxedEnvironment(
            loader=FileSystemLoader(self.folder),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=[MarkingPointTag if marking else PointTag],
            auto_reload=False,
        )
        found: list[Fault] = []
        self.broken: set[str] = set()
        self._templates: dict[str, Template] = {}
        self._fixed: dict[tuple[str, str], Markup] = {}
        self._labels: dict[tuple[str, str], str] = {}
        self._variables: dict[tuple[str, str], frozenset[str]] = {}
        for path in sorted(self.folder.glob("*.j2")):
            if faults_here := list(self._read(path)):
                self.broken.add(path.stem)
                found += faults_here
        if found and faults is None:
            raise ContentError(found)
        if faults is not None:
            faults += found

    def _read(self, path: Path) -> Iterator[Fault]:
        try:
            self._compile(path)
        except ContentError as error:
            yield from error.faults
        except TemplateSyntaxError as error:
            what = f"this template doesn't parse ({error.message})"
            yield Fault(str(path), error.lineno, what, "mend the tag on this line")
        except RecursionError:
            yield Fault(str(path), 1, "this template is nested too deeply", "make it simpler")
        for template, block in [key for key in self._variables if key[0] == path.stem]:
            if self._variables[template, block]:
                continue
            # Most of what is said never changes: it is rendered here, once. Whatever goes wrong is its fault.
            try:
                fixed = self._render(template, block, {})
            except Exception as error:
                what = f"the block {block!r} can't be rendered ({error})"
                yield Fault(str(path), self.line(template, block), what, "mend what it does")
            else:
                self._fixed[template, block] = fixed
                self._labels[template, block] = str(fixed.unescape())

    def _compile(self, path: Path) -> None:
        tree = self._env.parse(read(path), filename=str(path))
        template = self._env.get_template(path.name)
        self._templates[path.stem] = template
        for block in tree.find_all(nodes.Block):
            body = nodes.Template(block.body, lineno=block.lineno)
            body.environment = self._env
            self._variables[path.stem, block.name] = frozenset(meta.find_undeclared_variables(body))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Every (template, block) there is."""
        return iter(self._variables)

    def has(self, template: str, block: str) -> bool:
        """Whether a template, or the common one, has a block."""
        return (template, block) in self._variables or (COMMON, block) in self._variables

    def variables(self, template: str, block: str) -> frozenset[str]:
        """The variables a block reads."""
        return self._variables[template, block]

    def line(self, template: str, block: str) -> int:
        """The line on which a block begins, or 1."""
        source = self.path(template).read_text(encoding="utf-8")
        found = re.search(rf"{{%-?\s*block\s+{re.escape(block)}\b", source)
        return source.count("\n", 0, found.start()) + 1 if found else 1

    def path(self, template: str) -> Path:
        """The file of a template."""
        return self.folder / f"{template}.j2"

    def block(self, template: str, block: str, variables: Mapping[str, object] | None = None) -> Markup:
        """A block's words as markup, from its template or else from the common one.

        Takes the variables it may read; what isn't `Markup` among them is escaped. Raises `KeyError`
        where there is no such block, jinja2's `TemplateError` where it reads what it wasn't given.
        """
        key = (template, block)
        if key not in self._variables:
            key = (COMMON, block)
        fixed = self._fixed.get(key)
        return self._render(*key, variables or {}) if fixed is None else fixed

    def label(self, template: str, block: str) -> str:
        """A block's words as plain text, for a button; the block must read no variables."""
        found = self._labels.get((template, block))
        return self._labels[COMMON, block] if found is None else found

    def _render(self, template: str, block: str, variables: Mapping[str, object]) -> Markup:
        found = self._templates[template]
        text = "".join(found.blocks[block](found.new_context(dict(variables), shared=True)))
        return Markup(_BREAK.sub(_rejoin, text.strip()))  # noqa: S704 - autoescape made it so


def _rejoin(found: re.Match[str]) -> str:
    """A template's line break: a bulleted line stays one, a paragraph too, any other is a space."""
    if found.string.startswith("• ", found.end()):
        return "\n"
    return "\n\n" if found[0].count("\n") > 1 else " "


def locales(root: Path, dialog: str) -> tuple[str, ...]:
    """The locales that have words for a dialog, English first."""
    found = sorted(path.parent.name for path in root.glob(f"*/{dialog}") if path.is_dir())
    return tuple(sorted(found, key=lambda name: (name != "en", name)))
