"""What a version means for the cases that run on others: which stay, which can move, and to where.

Weighs only; `moves` moves them. Cases that stand alike are weighed once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import text
from sqlalchemy.orm import Session

from states.definition import Definition
from states.machine import machine_for
from states.marking import Marking
from states.moving import Fate, Obstacle, Verdict, between
from workflow import journal, versions


@dataclass(frozen=True, slots=True)
class Affected:
    """A case that runs on another version: its number, and its version as it was seen."""

    id: int
    version: int


@dataclass
class Group:
    """Cases for which the version means the same: where they stand, and where they would."""

    version_id: int
    steps: tuple[str, ...]
    fate: Fate
    to: tuple[str, ...]
    obstacles: tuple[Obstacle, ...]
    choices: Mapping[str, tuple[str, ...]]
    lost: tuple[str, ...]
    cases: list[Affected] = field(default_factory=list)

    @cached_property
    def key(self) -> str:
        """A name that stays the same as long as the group says the same."""
        codes = [(one.code, repr(sorted(one.values.items()))) for one in self.obstacles]
        return journal.digest_of([self.version_id, self.steps, self.to, codes, self.lost])[:12]


def weigh(
    session: Session,
    definition: Definition,
    mapping: Mapping[str, str] = {},
    *,
    version_id: int | None = None,
) -> list[Group]:
    """What a definition means for every running case of its key on other versions.

    The groups with most cases first. `version_id` names the definition's own version, if it has
    one. Writes nothing, and asks the machine once for all cases that stand alike.
    """
    asked = {"key": definition.key, "version_id": version_id}
    scales = _Scales(session, definition, mapping)
    groups: dict[object, Group] = {}
    for row in session.execute(_RUNNING, asked):
        group = scales.group(row.workflow_version_id, row.marking, row.facts)
        found = groups.setdefault(group.key, group)
        found.cases.append(Affected(row.id, row.version))
    return sorted(groups.values(), key=lambda group: (-len(group.cases), group.steps))


class _Scales:
    """Weighs cases, each kind of them once."""

    def __init__(
        self, session: Session, definition: Definition, mapping: Mapping[str, str]
    ) -> None:
        self._session, self._mapping = session, mapping
        self._after = machine_for(definition)
        self._known: dict[tuple[int, str, str], Group] = {}

    def group(self, version_id: int, marking: str, facts: str) -> Group:
        """The group of a case, without cases."""
        alike = (version_id, marking, "")
        for key in (alike, (version_id, marking, facts)):
            if key in self._known:
                return self._known[key]
        before = versions.machine(self._session, version_id)
        stands = Marking.from_json(json.loads(marking))
        known = {**json.loads(facts), "actor.acting": False}
        verdict = between(before, self._after).judge(stands, self._mapping, known)
        is_for_all = verdict.carried is not None and not verdict.carried.opened
        key = alike if is_for_all else (version_id, marking, facts)
        self._known[key] = _group(version_id, stands, verdict)
        return self._known[key]


def _group(version_id: int, marking: Marking, verdict: Verdict) -> Group:
    carried = verdict.carried
    return Group(
        version_id=version_id,
        steps=_stands(marking),
        fate=verdict.fate,
        to=() if carried is None else _stands(carried.marking),
        obstacles=verdict.obstacles,
        choices=verdict.choices,
        lost=() if carried is None else carried.lost,
    )


def _stands(marking: Marking) -> tuple[str, ...]:
    return tuple(path for path, _ in marking.standing())


def by_case(groups: Iterable[Group]) -> list[tuple[Affected, Group]]:
    """Each case with what is said of its group, by number."""
    pairs = [(case, group) for group in groups for case in group.cases]
    return sorted(pairs, key=lambda pair: pair[0].id)


def chosen(groups: Iterable[Group], keys: Iterable[str], case_ids: Iterable[int]) -> list[Affected]:
    """The cases that can move among the groups and the single cases that were chosen."""
    wanted, single = set(keys), set(case_ids)
    return [
        case
        for group in groups
        if group.fate is Fate.MOVES
        for case in group.cases
        if group.key in wanted or case.id in single
    ]


_RUNNING = text("""
    SELECT cases.id, cases.version, cases.workflow_version_id,
           CAST(cases.marking AS text) AS marking, CAST(cases.facts AS text) AS facts
    FROM cases JOIN workflow_versions ON workflow_versions.id = cases.workflow_version_id
    WHERE workflow_versions.key = :key AND cases.outcome IS NULL
      AND cases.workflow_version_id IS DISTINCT FROM :version_id
    ORDER BY cases.id
""")
