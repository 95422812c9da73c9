"""The action panel of a case: a form for each action that a person has.

What a person does not have is told by `case_others`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import get_locale
from flask_login import current_user
from sqlalchemy.orm import Session

from blueprints.decision_form import DecisionForm
from blueprints.labels import capacity, label
from blueprints.words import listed
from states.definition import Definition, Means, Step
from states.machine import Machine
from states.marking import Marking
from workflow import candidates, checklists
from workflow.candidates import Candidate
from workflow.checklists import Checklist
from workflow.dossier import Dossier, PointNote
from workflow.engine import Holder, Offer, remarks
from workflow.errors import Problem

ORDER = (Means.FORWARD, Means.APPROVE, Means.RETURN, Means.REJECT, Means.STOP)
"""What leads on stands first, what ends the case last."""
ALWAYS_ASKED = ("comment",)
COMPLETE = "complete"


@dataclass
class Panel:
    """One action that this person may take now, with its form."""

    offer: Offer
    form: DecisionForm
    label: str
    leads_to: str
    ends_as: str
    asked: tuple[str, ...]
    is_incomplete: bool
    checklist: Checklist | None
    candidates: tuple[Candidate, ...]
    points: tuple[PointNote, ...]
    blocking: tuple[str, ...]
    acting_as: str
    request_id: str
    stays: bool
    awaited: str
    is_turn: bool
    is_open: bool = False
    refusals: list[tuple[str, str]] = field(default_factory=list)

    @property
    def key(self) -> str:
        """What tells this panel from the others on the page."""
        return key_of(self.offer.track, self.offer.action)

    @property
    def action(self) -> str:
        """The action's name."""
        return self.offer.action

    @property
    def track(self) -> str | None:
        """The track it belongs to, if any."""
        return self.offer.track

    @property
    def means(self) -> str:
        """What it means for the case: the colour of its button."""
        return self.offer.means.value

    @property
    def needs(self) -> tuple[str, ...]:
        """What must be filled in."""
        return self.offer.needs

    @property
    def picks_most(self) -> int | None:
        """How many people may be chosen."""
        return self.offer.picks_most

    @property
    def is_strategic(self) -> bool:
        """Whether the law asks more of who takes it."""
        return self.offer.decision_class == "strategic"

    def problems(self, data: Mapping[str, object]) -> list[Problem]:
        """What is still needed of what was typed."""
        found: list[Problem] = []
        for need in self.offer.needs:
            if need == "checklist" and self.checklist is not None:
                given: Any = data.get("checklist", {})
                found += checklists.problems(self.checklist.name, given)
            elif need != COMPLETE and need not in data:
                found.append(Problem(need, "required"))
        if self.offer.picks and "picks" not in data:
            found.append(Problem("picks", "required"))
        return found


def key_of(track: str | None, action: str) -> str:
    """The name of a panel on its page."""
    return f"{track or 'main'}-{action}"


def panels(
    session: Session,
    papers: Dossier,
    offers: Iterable[Offer],
    machine: Machine,
    now: datetime,
    *,
    may_answer: bool,
    holders: Iterable[Holder] = (),
    typed: DecisionForm | None = None,
    posted: Any = None,
) -> list[Panel]:
    """A panel for each action that is allowed; the one that was posted keeps what was typed.

    `holders` tell whose turn it is: what may be done without it is drawn apart.
    """
    allowed = sorted(
        (offer for offer in offers if offer.allowed), key=lambda offer: ORDER.index(offer.means)
    )
    mine = _held(holders)
    made = []
    for offer in allowed:
        is_posted = typed is not None and _key(typed) == key_of(offer.track, offer.action)
        form = typed if is_posted and typed is not None else DecisionForm.blank()
        panel = _panel(session, papers, offer, machine, form, now, may_answer=may_answer)
        panel.is_turn = offer.path in mine and offer.action in machine.step(offer.path).actions
        points = {str(point.number): point.answer or "" for point in panel.points}
        form.prepare(
            checklist=None if panel.checklist is None else panel.checklist.name,
            facts=[(machine.definition.facts[name], papers.facts.get(name)) for name in offer.sets],
            answers=points,
            needs=offer.needs,
            typed=posted if is_posted else None,
        )
        panel.is_open = is_posted
        made.append(panel)
    _open_the_only_one(made)
    return made


def _held(holders: Iterable[Holder]) -> set[str]:
    """The steps at which this person has the ball."""
    positions = {actor.position_id for actor in current_user.appointments}
    return {
        holder.path
        for holder in holders
        if holder.position_id in positions and holder.assignee_id in (None, current_user.id)
    }


def _open_the_only_one(made: list[Panel]) -> None:
    """Where there is one thing to do, its form stands open."""
    turn = [panel for panel in made if panel.is_turn and panel.offer.means is not Means.STOP]
    if len(turn) == 1 and not any(panel.is_open for panel in made):
        turn[0].is_open = True


def _key(form: DecisionForm) -> str:
    return key_of(form.track.data or None, form.action.data or "")


def _panel(
    session: Session,
    papers: Dossier,
    offer: Offer,
    machine: Machine,
    form: DecisionForm,
    now: datetime,
    *,
    may_answer: bool,
) -> Panel:
    step = machine.step(offer.path)
    takes_answers = remarks.are_asked(step, offer.needs) and offer.means is Means.FORWARD
    points = _open_points(papers) if may_answer and takes_answers else ()
    checklist = _checklist(offer, step)
    goes_on, ends = _consequence(offer, machine)
    return Panel(
        offer=offer,
        form=form,
        label=label("action", offer.action),
        leads_to=goes_on,
        ends_as=ends,
        asked=_asked(offer, has_points=bool(points)),
        is_incomplete=COMPLETE in offer.needs and not papers.facts.get(COMPLETE),
        checklist=checklist,
        candidates=tuple(candidates.of(session, papers.case_id, offer.picks, now))
        if offer.picks
        else (),
        points=points,
        blocking=_blocking(papers, offer, machine.definition),
        acting_as=_acting_as(offer),
        request_id=uuid.uuid4().hex,
        stays=offer.action in step.actions and step.actions[offer.action].stays,
        awaited=listed([label("track", track) for track in _awaited(papers, offer)]),
        is_turn=False,
    )


def _awaited(papers: Dossier, offer: Offer) -> list[str]:
    """The other tracks that have not spoken yet."""
    tracks = Marking.from_json(papers.marking).tracks
    return [name for name, it in tracks.items() if name != offer.track and it.verdict is None]


def _consequence(offer: Offer, machine: Machine) -> tuple[str, str]:
    """Where it leads, in words, and how the case ends if it does."""
    final = [path for path in offer.leads_to if machine.step(path).final is not None]
    parallel = {path for path in offer.leads_to if machine.step(path).tracks}
    steps = [path for path in offer.leads_to if path not in parallel or len(offer.leads_to) == 1]
    if final:
        return "", label("step", final[0])
    named = list(dict.fromkeys(label("step", path) for path in steps if path != offer.path))
    return listed(named), ""


def _asked(offer: Offer, *, has_points: bool) -> tuple[str, ...]:
    """The boxes to draw, in the order in which they are filled."""
    names = [name for name in offer.needs if name != COMPLETE]
    names += [name for name in offer.sets if name not in names]
    if offer.picks and "picks" not in names:
        names.append("picks")
    if has_points and "answers" not in names:
        names.append("answers")
    if offer.letter and "letter_number" not in names:
        names.append("letter_number")
    if not {"reason", "comment", "question"} & set(names):
        names += ALWAYS_ASKED
    return tuple(names)


def _checklist(offer: Offer, step: Step) -> Checklist | None:
    if "checklist" not in offer.needs or step.checklist not in checklists.names():
        return None
    return checklists.load(step.checklist)


def _blocking(papers: Dossier, offer: Offer, definition: Definition) -> tuple[str, ...]:
    """The killer items of this track's reviewers that stand in the way of approving."""
    if offer.means is not Means.APPROVE:
        return ()
    lists = {step.path: step.checklist for step in definition.every_step() if step.checklist}
    latest = {filled.path: filled for filled in papers.checklists}
    locale = get_locale()
    language = locale.language if locale and locale.language == "en" else "id"
    return tuple(
        f"{item.key}. {item.text[language]}"
        for path, filled in latest.items()
        if lists.get(path) in checklists.names() and _is_same_track(path, offer.track)
        for item in checklists.blocking(str(lists[path]), filled.answers)
    )


def _is_same_track(path: str, track: str | None) -> bool:
    return track is None or f".{track}." in path


def _open_points(papers: Dossier) -> tuple[PointNote, ...]:
    return tuple(point for point in papers.points if point.answered_at is None)


def _acting_as(offer: Offer) -> str:
    for actor in current_user.appointments:
        if actor.appointment_id == offer.appointment_id:
            return capacity(actor.capacity, actor.title)
    return ""
