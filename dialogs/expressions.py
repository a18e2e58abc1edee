"""Guards and rules: sandboxed Jinja expressions over answers, checked at load and compiled once.

A group of expressions that is always needed together is compiled into a single one,
for evaluating costs far more to start than to do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

_env = SandboxedEnvironment(undefined=StrictUndefined)

_GRAMMAR = (
    nodes.Output, nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.Name,
    nodes.Getattr, nodes.Const, nodes.List, nodes.Tuple, nodes.Filter,
)  # fmt: skip
_COMPARING = ("eq", "ne", "in", "notin")
_FILTERS = ("reject", "select", "list")
_TESTS = ("in", "eq", "ne")
"""All that an expression may be made of: it always ends, and reads nothing but answers."""


def namespace(values: Mapping[str, object]) -> dict[str, Any]:
    """Values by dotted id as names for an expression.

    Takes ``{"prepare": "yes", "what_if.love_it": None}``;
    returns the same with ``what_if`` as one object with an attribute for each.
    """
    names: dict[str, Any] = {}
    for key, value in values.items():
        head, _, tail = key.partition(".")
        if tail:
            setattr(names.setdefault(head, SimpleNamespace()), tail, value)
        else:
            names[key] = value
    return names


class Expressions:
    """Expressions evaluated together.

    Takes their sources, already checked with `faults_in`; calling it with names
    (see `namespace`) returns a list with the value of each.
    """

    def __init__(self, sources: Sequence[str]) -> None:
        self._evaluate = _env.compile_expression("[" + ", ".join(f"({source})" for source in sources) + "]")

    def __call__(self, names: Mapping[str, Any]) -> list[Any]:
        """The value of each expression, given the names they may read."""
        return list(self._evaluate(names) or ())


def reads(source: str) -> set[str]:
    """The ids an expression reads, dotted where it reads an attribute; the source must parse."""
    return {name for node in _names(_parse(source)) if (name := _dotted(node))}


def faults_in(
    source: str, known: Mapping[str, Sequence[str]], several: Collection[str] = ()
) -> Iterator[str]:
    """What is wrong with an expression, a sentence each.

    Takes its source, the names it may read, each with the options it can have
    (none given: any value), and which of the names stand for several options at once.
    Yields nothing where all is well.
    """
    try:
        tree = _parse(source)
        if wrong := next(_ungrammatical(tree, several), ""):
            yield f"{source.strip()!r} {wrong}"
            return
        _env.compile_expression(source)
    except TemplateSyntaxError as error:
        yield f"{source.strip()!r} is not an expression ({error.message})"
        return
    except RecursionError:
        yield f"{source.strip()[:40]!r}… is nested too deeply"
        return
    for name in sorted({_dotted(node) or "?" for node in _names(tree)} - set(known)):
        yield f"{source.strip()!r} reads {name!r}, which is no question known here"
    for compared in tree.find_all(nodes.Compare):
        sides = [compared.expr, *(operand.expr for operand in compared.ops)]
        options = [possible for side in sides if (possible := known.get(_dotted(side) or ""))]
        for said in (constant for side in sides for constant in _constants(side)):
            for possible in options:
                if said not in possible:
                    yield f"{source.strip()!r} compares with {said!r}, which is no option of that question"
    for filtered in tree.find_all(nodes.Filter):
        owner = _dotted(filtered.node)
        possible = known.get(owner or "", ())
        for said in (constant for argument in filtered.args[1:] for constant in _constants(argument)):
            if possible and said not in possible:
                yield f"{source.strip()!r} compares with {said!r}, which is no option of {owner!r}"


def _ungrammatical(tree: nodes.Template, several: Collection[str]) -> Iterator[str]:
    """What an expression holds beyond the grammar, or would stumble over when it is evaluated."""
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _GRAMMAR):
            yield f"holds a {type(node).__name__.lower()}; use and, or, not, ==, !=, in, lists and answers"
    for operand in tree.find_all(nodes.Operand):
        if operand.op not in _COMPARING:
            yield "compares by size; use ==, != or in"
        elif operand.op in ("in", "notin") and not _listed(operand.expr, several):
            yield "looks in something that holds one answer at most; use =="
    for used in tree.find_all(nodes.Filter):
        if used.name not in _FILTERS or not _listed(used.node, several):
            yield f"can't use {used.name!r} there; use {', '.join(_FILTERS)}, on several options"
        elif used.dyn_args or used.dyn_kwargs or (used.name == "list" and used.args):
            yield f"gives {used.name!r} what it doesn't take"
        elif used.name != "list" and not _tested(used.args, several):
            yield f"can't {used.name} so; write {used.name}('in', ['…'])"


def _listed(node: nodes.Node | None, several: Collection[str]) -> bool:
    return isinstance(node, nodes.List | nodes.Tuple | nodes.Filter) or _dotted(node) in several


def _tested(arguments: Sequence[nodes.Expr], several: Collection[str]) -> bool:
    match arguments:
        case [nodes.Const(value=test), against] if test in _TESTS:
            return test != "in" or _listed(against, several)
        case _:
            return False


def _parse(source: str) -> nodes.Template:
    return _env.parse("{{ (" + source + ") }}")


def _names(tree: nodes.Template) -> Iterator[nodes.Expr]:
    owners = {id(node.node) for node in tree.find_all(nodes.Getattr)}
    yield from tree.find_all(nodes.Getattr)
    yield from (node for node in tree.find_all(nodes.Name) if id(node) not in owners)


def _dotted(node: nodes.Node | None) -> str | None:
    match node:
        case nodes.Name():
            return str(node.name)
        case nodes.Getattr() if isinstance(node.node, nodes.Name):
            return f"{node.node.name}.{node.attr}"
        case _:
            return None


def _constants(node: nodes.Node) -> Iterator[str]:
    match node:
        case nodes.Const() if isinstance(node.value, str):
            yield node.value
        case nodes.List() | nodes.Tuple():
            for item in node.items:
                yield from _constants(item)
        case _:
            return
