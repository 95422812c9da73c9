"""Reads a text and explores it in one call: the definition with its findings, or its problems.

The answer is remembered by the text, for pages that ask again and again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from states import soundness
from states.definition import Definition
from states.findings import Finding, Severity
from states.problems import DefinitionError, Problem
from states.reading import read

_REMEMBERED = 64


@dataclass(frozen=True)
class Examination:
    """What is known of a text. Without `definition` it cannot be read, and `problems` say why."""

    definition: Definition | None
    problems: tuple[Problem, ...] = ()
    findings: tuple[Finding, ...] = ()
    markings: int = 0
    approvals_needed: int = 0

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stand against publishing."""
        return tuple(one for one in self.findings if one.severity is Severity.ERROR)

    @property
    def sound(self) -> bool:
        """Whether the text may be published."""
        return self.definition is not None and not self.errors


@lru_cache(maxsize=_REMEMBERED)
def examine(text: str) -> Examination:
    """Everything that is wrong with a text; what was explored is not kept."""
    try:
        definition = read(text)
    except DefinitionError as error:
        return Examination(None, error.problems)
    report = soundness.check(definition)
    return Examination(definition, (), report.findings, report.markings, report.approvals_needed)
