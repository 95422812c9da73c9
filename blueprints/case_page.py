"""The page of a case, put together: papers, holders, panels, picture and history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import render_template, request
from flask_babel import ngettext
from flask_login import current_user
from markupsafe import Markup

from blueprints import case_checklists, case_others, case_panels, case_story, proposal_words
from blueprints.appearance import calendar
from blueprints.case_panels import Panel
from blueprints.decision_form import DecisionForm
from blueprints.edge import database_session, now
from blueprints.labels import capacity, label, speak_of
from blueprints.words import listed
from blueprints.words import reason as reason_in_words
from states import diagram, picture
from states.machine import Machine
from states.marking import Marking
from workflow import agency_years, clocks, dossier, engine, permissions, timelines, versions
from workflow.clocks import ClockReading
from workflow.dossier import Dossier
from workflow.engine import Choices, Holder, Offer
from workflow.errors import Conflict, Refused
from workflow.timelines import Entry

MOST_NAMES = 2
"""More people than that on one post are counted."""


@dataclass(frozen=True)
class Overtaken:
    """Somebody was quicker: who and when in words, and what was typed."""

    sentences: tuple[str, ...]
    typed: tuple[tuple[str, str], ...]
    is_still_open: bool


@dataclass(frozen=True)
class FlowRow:
    """A step of the flow as a row of a table."""

    step: str
    who: str
    ways: str
    is_present: bool


def page(case_id: int, *, typed: DecisionForm | None = None, refused: Refused | None = None) -> str:
    """Draw the case as it stands now; with a form that was posted, keep what was typed in it."""
    session, instant = database_session(), now()
    papers = dossier.read(session, case_id, instant)
    machine = versions.load(session, papers.version_id, papers.version_hash).machine
    offers = engine.available(session, case_id, current_user.id, instant)
    is_owner = not set(papers.owner_line).isdisjoint(current_user.agency_ids)
    waits = is_owner and papers.outcome is None
    editable = engine.may_edit(session, case_id, current_user.id, instant) if is_owner else None
    entries = timelines.timeline(session, case_id, current_user.id, instant)
    papers = papers.without(_hidden(entries))
    machines = (machine, *_left(entries))
    speak_of(*(one.definition for one in machines))
    holders = _mine_first(engine.holders(session, case_id, instant))
    panels = _panels(papers, machine, offers, typed, may_answer=is_owner, holders=holders)
    overtaken = _met(panels, typed, refused)
    is_draft_shown = editable is not None or (is_owner and papers.latest is None)
    return render_template(
        "cases/show.html",
        papers=papers,
        owner_word=machine.step(papers.step).owner_sees if is_owner else None,
        holders=holders,
        who_sits=_who_sits,
        choices=_choices(holders),
        panels=panels,
        brought=case_story.brought(
            entries, {panel.offer.path for panel in panels if panel.is_turn}
        ),
        others=case_others.others(offers),
        overtaken=overtaken,
        editable=editable is not None,
        **_document(papers, is_draft=is_draft_shown),
        points_by_field=_points_by_field(papers),
        checklists=case_checklists.read([] if waits else papers.checklists, machines),
        **_picture(papers, machine),
        entries=case_story.tell(entries),
        clocks=_clocks(papers, machine),
        words=proposal_words,
    )


def papers_of(case_id: int) -> Dossier:
    """The papers of a case, on a page about it alone: it speaks the words of its version."""
    session = database_session()
    papers = dossier.read(session, case_id, now())
    speak_of(versions.load(session, papers.version_id, papers.version_hash).definition)
    return papers


def _document(papers: Dossier, *, is_draft: bool) -> dict[str, Any]:
    """The proposal as this reader may see it: the draft, or what was submitted last."""
    shown = papers.shown(to_owner=is_draft) if is_draft or papers.latest else {}
    return {
        "is_draft_shown": is_draft,
        "shown": shown,
        "changes": papers.changes(to_owner=is_draft) if shown else {},
        "agency_names": agency_names(shown, papers.ended_at),
    }


def _picture(papers: Dossier, machine: Machine) -> dict[str, Any]:
    """Where the case stands in its workflow, drawn and as a table."""
    present = _present(papers)
    drawn = diagram.draw(machine.definition, marked=present, labels=label)
    return {"picture": Markup(drawn), "flow_rows": _flow(machine, present)}  # noqa: S704


def _clocks(papers: Dossier, machine: Machine) -> tuple[ClockReading, ...]:
    """What the case's clocks show; the calendar is asked only if there are any."""
    definition = machine.definition
    if not definition.clocks:
        return ()
    return clocks.readings(definition, papers.past, calendar(), now())


def panel_of(case_id: int, form: DecisionForm) -> Panel | None:
    """The panel to which a posted form belongs, filled; None when the action is not offered."""
    session, instant = database_session(), now()
    papers = dossier.read(session, case_id, instant)
    machine = versions.load(session, papers.version_id, papers.version_hash).machine
    speak_of(machine.definition)
    offers = engine.available(session, case_id, current_user.id, instant)
    wanted = case_panels.key_of(form.track.data or None, form.action.data or "")
    found = [offer for offer in offers if case_panels.key_of(offer.track, offer.action) == wanted]
    panels = _panels(papers, machine, found, form, may_answer=True)
    return panels[0] if panels else None


def _panels(
    papers: Dossier,
    machine: Machine,
    offers: list[Offer],
    typed: DecisionForm | None,
    *,
    may_answer: bool,
    holders: Sequence[Holder] = (),
) -> list[Panel]:
    """The panels of what is offered; the one whose form was posted keeps what was typed."""
    return case_panels.panels(
        database_session(),
        papers,
        offers,
        machine,
        now(),
        may_answer=may_answer,
        holders=holders,
        typed=typed,
        posted=None if typed is None else request.form,
    )


def agency_names(document: Mapping[str, Any], at: datetime | None) -> dict[str, str]:
    """The names of the agencies that a document mentions, by code; asked only if it does.

    Of a moment that is over they are the names of its day; without one, those of today.
    """
    if not document.get("supporting_agencies"):
        return {}
    day = (at or now()).astimezone(now().tzinfo).date()
    return agency_years.names_by_code(database_session(), day)


def _met(
    panels: list[Panel], typed: DecisionForm | None, refused: Refused | None
) -> Overtaken | None:
    """Tell a refusal at the form it belongs to, or, when the case has moved on, at the top."""
    if refused is None or typed is None:
        return None
    sentences = tuple(reason_in_words(reason) for reason in refused.reasons)
    mine = next((panel for panel in panels if panel.form is typed), None)
    if mine is not None and not isinstance(refused, Conflict):
        mine.refusals = [("", sentence) for sentence in sentences]
        return None
    return Overtaken(sentences, tuple(_typed_words(typed)), is_still_open=mine is not None)


def _typed_words(form: DecisionForm) -> list[tuple[str, str]]:
    """Everything that was written, under its name, to be copied."""
    found = []
    for name, words in request.form.items():
        is_text = not name.endswith("-answer") and name not in form.hidden_names
        if is_text and words.strip() and not words.isdecimal():
            root, *rest = name.split("-")
            place = label("need", root).capitalize()
            found.append((f"{place} {_counted(root, rest)}".rstrip(), words.strip()))
    return found


def _counted(root: str, rest: list[str]) -> str:
    """The number of a row as people count; checklist items and points have their own."""
    if not rest or not rest[0].isdecimal():
        return ""
    return rest[0] if root in ("checklist", "answers") else str(int(rest[0]) + 1)


def _mine_first(holders: list[Holder]) -> list[Holder]:
    """Who has the ball, beginning with what the reader holds."""
    mine = {actor.position_id for actor in current_user.appointments}
    return sorted(holders, key=lambda holder: holder.position_id not in mine)


def _choices(holders: list[Holder]) -> dict[int, Choices]:
    """What the reader may do about whose each task is, by task."""
    who = permissions.credentials(database_session(), current_user.id, now())
    assert who is not None
    return {one.task_id: engine.choices(who, one, holders) for one in holders}


def _who_sits(holder: Holder) -> str:
    """Who holds the post, with their capacity; nothing when that only repeats the post's title."""
    named = [capacity(one.capacity, one.name) for one in holder.people]
    if len(named) > MOST_NAMES:
        return ngettext("%(num)d person", "%(num)d people", len(named))
    return "" if named == [holder.title] else ", ".join(named)


def _present(papers: Dossier) -> frozenset[str]:
    """The steps where the case stands now, by path."""
    standing = {path for path, _visit in Marking.from_json(papers.marking).standing()}
    return frozenset({papers.step, *standing})


def _points_by_field(papers: Dossier) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for point in papers.points:
        if point.field and point.answered_at is None:
            found.setdefault(point.field.partition(".")[0], []).append(point)
    return found


def _hidden(entries: list[Entry]) -> set[int]:
    """The decisions, by the version of the case that they made, whose words this reader awaits."""
    return {e.payload["version"] for e in entries if e.is_hidden and "version" in e.payload}


def _left(entries: list[Entry]) -> Iterator[Machine]:
    """The machines of the versions on which the case ran before it was moved, the last first."""
    for entry in reversed(entries):
        if "workflow" in entry.payload:
            version_id = entry.payload["workflow"]["from"]["id"]
            yield versions.machine(database_session(), version_id)


def _flow(machine: Machine, present: frozenset[str]) -> list[FlowRow]:
    """The picture as rows: the step, whose it is, and where its actions lead."""
    return [
        FlowRow(
            step=label("step", row.path),
            who=listed([label("party", hat) for hat in row.hats]),
            ways="; ".join(_way(way.action, way.to) for way in row.ways),
            is_present=row.marked,
        )
        for row in picture.rows_of(machine.definition, present)
    ]


def _way(action: str, to: tuple[str, ...]) -> str:
    steps = listed([label("step", path) for path in to])
    name = label("action", action) if action else ""
    return " → ".join(part for part in (name, steps) if part)
