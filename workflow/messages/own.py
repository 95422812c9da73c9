"""Texts that an administrator wrote: checked against a short list of what a text may say, and
filled in a sandbox. The shipped text is what they start from and fall back to.

Reads names, conditions and lists; calls nothing, assigns nothing, and cannot grow without end.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from datetime import tzinfo

from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment

from workflow import messages
from workflow.errors import Problem
from workflow.messages import MONTHS, Words

LONGEST_SUBJECT, LONGEST_TEXT = 500, 10_000
DEEPEST = 2
"""Loops inside loops: tasks of matters."""

OF_A_CASE = frozenset({"title", "agency", "receipt", "by"})
FILTERS = (
    "step",
    "outcome",
    "day",
    "moment",
    "length",
    "upper",
    "lower",
    "trim",
    "join",
    "default",
)
_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr),
    *(nodes.Getitem, nodes.Slice, nodes.If, nodes.For, nodes.Filter, nodes.Test, nodes.Compare),
    *(nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.CondExpr, nodes.Sub, nodes.Neg),
)
_BLOCK = re.compile(r"{% block body %}\n?(.*?){% endblock %}\n?", re.DOTALL)
_EXTENDS = re.compile(r'{% extends "([a-z_]+\.txt\.j2)" %}\n')


class Broken(Exception):
    """An own text cannot be filled with these values; says why."""


@functools.cache
def kinds() -> tuple[str, ...]:
    """The kinds of matter that there are texts for."""
    found = (messages.FOLDER / "id").glob("*.subject.j2")
    return tuple(sorted(path.name.partition(".")[0] for path in found))


@functools.cache
def shipped(kind: str, language: str) -> Words:
    """The text that Alur brings along, in one piece, to start from."""
    folder = messages.FOLDER / language
    subject = (folder / f"{kind}.subject.j2").read_text(encoding="utf-8")
    text = (folder / f"{kind}.txt.j2").read_text(encoding="utf-8")
    if (extends := _EXTENDS.match(text)) is not None:
        body = _BLOCK.search(text)
        assert body is not None
        frame = (folder / extends[1]).read_text(encoding="utf-8")
        text = _BLOCK.sub(lambda _: body[1], frame, count=1)
    return Words(subject.strip(), text.strip())


@functools.cache
def names(kind: str) -> frozenset[str]:
    """What a text of this kind may name; the subject may not name the link."""
    used = {
        name
        for language in MONTHS
        for part in shipped(kind, language)
        for name in find_undeclared_variables(_environment(language).parse(part))
    }
    return frozenset(used | {"zone", "link"} | (OF_A_CASE if "agency" in used else set()))


def problems(kind: str, language: str, words: Words) -> list[Problem]:
    """Everything that keeps a text from being used, before it is filled."""
    known = names(kind)
    return [
        *_problems("subject", language, words.subject, known - {"link"}, LONGEST_SUBJECT),
        *_problems("text", language, words.text, known, LONGEST_TEXT),
    ]


def fill(
    words: Words,
    language: str,
    values: Mapping[str, object],
    *,
    zone: tzinfo | None,
    link: str,
) -> Words:
    """The words with these values in them. Raises Broken, whatever goes wrong."""
    environment = _environment(language)
    given = {**values, "zone": zone}
    try:
        subject = environment.from_string(words.subject).render(given)
        text = environment.from_string(words.text).render({**given, "link": link})
    except Exception as error:
        raise Broken(f"{type(error).__name__}: {error}") from error
    if not (line := " ".join(subject.split())):
        raise Broken("The subject is empty.")
    return Words(line, text.strip() + "\n")


def _problems(
    field: str, language: str, source: str, known: frozenset[str], most: int
) -> Iterator[Problem]:
    if not source.strip():
        yield Problem(field, "missing")
        return
    if len(source) > most:
        yield Problem(field, "too_long", {"most": most})
        return
    try:
        tree = _environment(language).parse(source)
        parts = {type(node).__name__ for node in _walk(tree) if type(node) not in _ALLOWED}
        parts |= {node.name for node in tree.find_all(nodes.Filter)} - set(FILTERS)
        if parts or _depth(tree) > DEEPEST:
            yield Problem(field, "more_than_a_text", {"parts": sorted(parts or {"For"})})
            return
        unknown = sorted(find_undeclared_variables(tree) - known)
    except TemplateError as error:
        yield Problem(field, "not_a_text", {"why": str(error)})
        return
    if unknown:
        yield Problem(field, "unknown_names", {"names": unknown, "known": sorted(known)})


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


def _depth(node: nodes.Node) -> int:
    inner = max((_depth(child) for child in node.iter_child_nodes()), default=0)
    return inner + isinstance(node, nodes.For)


@functools.cache
def _environment(language: str) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = {**environment.filters, **messages.filters(language)}
    environment.filters = {name: filters[name] for name in FILTERS}
    environment.globals.clear()
    return environment
