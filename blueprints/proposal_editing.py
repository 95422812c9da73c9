"""The page of the proposal's form: what is missing, points beside fields, and conflicts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import render_template, request
from flask_login import current_user

from blueprints import proposal_words
from blueprints.digits import whole
from blueprints.edge import database_session, now
from blueprints.proposal_form import ProposalForm
from blueprints.proposal_words import SECTIONS, offered, offered_under, place_of
from blueprints.words import problem as problem_in_words
from workflow import engine, organisation, proposals
from workflow.document import ProposalDocument
from workflow.errors import Conflict, Invalid, Problem, Reason, Refused
from workflow.models import Point
from workflow.proposals import ProposalView


@dataclass(frozen=True)
class Gap:
    """One thing that is missing: the box to go to, its words, and what is wrong."""

    name: str
    place: str
    sentence: str


@dataclass(frozen=True)
class Section:
    """A section of the form, and how far it is filled."""

    key: str
    title: str
    total: int
    gaps: tuple[Gap, ...]
    done: int


@dataclass(frozen=True)
class Overtaken:
    """Somebody else's save: who, when, and where it differs from what was typed."""

    by: str
    at: datetime
    differences: tuple[tuple[str, object, object], ...]


def page(held: ProposalView, form: ProposalForm, *, conflict: Conflict | None = None) -> str:
    """Draw the form. Raises Refused when this person may not edit the proposal now."""
    session = database_session()
    editable = engine.may_edit(session, held.case_id, current_user.id, now())
    if editable is None:
        raise Refused(Reason("not_editable_now"))
    agencies = organisation.agencies(session, now().date())
    names = {agency.code: agency.name for agency in agencies}
    form.prepare([(a.code, a.name) for a in agencies if a.id != held.agency_id])
    points = proposals.points(session, held.case_id, current_user.id, now())
    open_points = [point for point in points if _is_open(point)]
    sections = _sections(form, held)
    return render_template(
        "proposals/edit.html",
        proposal=held,
        form=form,
        revision=held.revision if conflict or not form.revision.data else form.revision.data,
        agency=next((agency.name for agency in agencies if agency.id == held.agency_id), ""),
        agency_names=names,
        sections=sections,
        is_missing=any(section.gaps for section in sections),
        location_groups=_locations(names),
        conflict=_overtaken(conflict, held, form),
        answers={str(number): words for number, words in typed_answers().items()},
        limited="all" not in editable and all(point.field for point in open_points),
        points=_by_field(open_points),
        general_points=[point for point in open_points if not point.field],
        words=proposal_words,
    )


def typed_answers() -> dict[int, str]:
    """The answers to points that came with the form, by the point's number."""
    found = {}
    for name, words in request.form.items():
        prefix, _dash, written = name.partition("-")
        number = whole(written)
        if prefix == "answers" and number is not None:
            found[number] = words.strip()
    return found


def _is_open(point: Point) -> bool:
    return point.answered_at is None


def _by_field(points: Iterable[Point]) -> dict[str, list[Point]]:
    found: dict[str, list[Point]] = {}
    for point in points:
        if point.field:
            found.setdefault(point.field.partition(".")[0], []).append(point)
    return found


def _sections(form: ProposalForm, held: ProposalView) -> list[Section]:
    """What is missing, section by section, of what is typed; of what is saved if that is broken."""
    try:
        document = proposals.parse(form.document())
    except Invalid:
        document = proposals.parse(held.document)
    missing = proposals.gaps(document)
    return [
        _section(key, str(title), fields, form, missing, document)
        for key, (title, fields) in SECTIONS.items()
    ]


def _section(
    key: str,
    title: str,
    fields: tuple[str, ...],
    form: ProposalForm,
    missing: tuple[Problem, ...],
    document: ProposalDocument,
) -> Section:
    asked = [name for name in fields if name != "ict" or document.ict_involved]
    found = [gap for gap in missing if gap.field.partition(".")[0] in asked]
    lacking = {gap.field.partition(".")[0] for gap in found}
    gaps = tuple(
        Gap(form.name_of(gap.field), place_of(gap.field), _beyond_missing(gap)) for gap in found
    )
    return Section(key, title, len(asked), gaps, len(asked) - len(lacking))


def _beyond_missing(gap: Problem) -> str:
    """What is wrong with a field of the list; that it is empty is what the list is about."""
    return "" if gap.code in ("missing", "no_rows") else problem_in_words(gap)


def _locations(names: dict[str, str]) -> dict[str, list[tuple[str, str]]]:
    """Kelurahan under the names of their kecamatan."""
    words = dict(offered("locations"))
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, parent in offered_under("locations").items():
        groups.setdefault(names.get(parent, parent), []).append((code, words[code]))
    return groups


def _overtaken(
    conflict: Conflict | None, held: ProposalView, form: ProposalForm
) -> Overtaken | None:
    if conflict is None:
        return None
    try:
        mine: dict[str, Any] = proposals.parse(form.document()).stored()
    except Invalid:
        mine = {}
    differences = tuple(
        (name, held.document.get(name), words)
        for name, words in mine.items()
        if words != held.document.get(name) and name in proposal_words.FIELDS
    )
    return Overtaken(conflict.decided_by, conflict.decided_at, differences)
