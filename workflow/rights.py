"""Who could take an action of a workflow today, and why not: asked before there is a case.

Puts the question to the rules by which decisions are judged, over a case that an agency has just
begun and in which nobody has worn a hat. Reads only, and knows no rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from states.definition import Action, DecisionClass, Definition, Place, Step
from states.marking import Marking
from states.move import Option
from workflow import appointments, parties, situations, versions
from workflow.appointments import Actor, Credentials
from workflow.authority import Authority, who_can
from workflow.cases import CaseState
from workflow.engine.offers import judge
from workflow.errors import NotFound, Reason
from workflow.models import Appointment
from workflow.organisation import valid_on
from workflow.parties import Addressee, Directory
from workflow.situations import Situation
from workflow.versions import Version

ANYWHERE = ""
"""The path of what may be done wherever the case stands."""


@dataclass(frozen=True, slots=True)
class Deed:
    """An action at a step, or anywhere."""

    path: str
    action: Action
    hats: tuple[str, ...]
    is_picked: bool
    """Whether its seats are for people who were chosen."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: narrowed to a step, an action, a position or a person where they are given."""

    version_id: int
    agency_id: int
    path: str | None = None
    action: str | None = None
    position_id: int | None = None
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Unless:
    """Rules that stand in the way only of cases of which a guard holds; None: of all others."""

    guard: str | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether somebody may do a deed today, and all that it hangs on."""

    name: str
    actor: Actor | None
    """The appointment in which they may, or come nearest to it."""
    reasons: tuple[Reason, ...]
    unless: tuple[Unless, ...]
    not_after: tuple[str, ...]
    """Hats that the person could wear in the same case, after which they may not do it any more."""

    @property
    def is_allowed(self) -> bool:
        """Whether they may, at least in some cases."""
        return not self.reasons


@dataclass(frozen=True, slots=True)
class Finding:
    """A deed, whom it asks, and the answer for each person that the question is about."""

    deed: Deed
    asked: tuple[str, ...]
    """The positions that are asked, with who holds them; none when no agency is named for it."""
    not_asked: tuple[str, ...]
    """Agencies that do not judge here, because the proposal is their own."""
    answers: tuple[Answer, ...]
    guard: str | None
    """What must be so of the case."""


def deeds(definition: Definition) -> list[Deed]:
    """Everything that people can do in a workflow, in the order of the document."""
    found = [
        _deed(definition, step, action)
        for step in definition.every_step()
        for action in step.actions.values()
    ]
    for action in definition.anywhere.values():
        hats = tuple(dict.fromkeys(definition.hat(name) for name in action.by))
        found.append(Deed(ANYWHERE, action, hats, is_picked=False))
    return found


def ask(session: Session, question: Question, now: datetime) -> list[Finding]:
    """The answers to a question, deed by deed. Raises NotFound for an unknown version."""
    version = versions.load(session, question.version_id)
    case = _case_to_be(session, version, question, now)
    wanted = [
        deed
        for deed in deeds(version.definition)
        if question.path in (None, deed.path) and question.action in (None, deed.action.name)
    ]
    directory = Directory(session, version.definition, case, now.date())
    addressees = directory.addressees(version.definition.parties)
    situation = Situation(case, version, {}, addressees, {})
    options = [_option(deed) for deed in wanted]
    situation = situations.with_names(session, situation, options, now.date())
    appointed = _appointed(session, question, situation, options, now)
    known = appointments.several(session, {one for ids in appointed for one in ids}, now)
    usual = parties.found(session, version.definition.parties.values(), now.date())
    return [
        Finding(
            deed=deed,
            asked=who_can(situation.ways(option), situation),
            not_asked=tuple(_not_asked(deed, situation, usual)),
            answers=tuple(
                _answer(known[one], deed, option, situation) for one in ids if one in known
            ),
            guard=None if deed.action.when is None else deed.action.when.text,
        )
        for deed, option, ids in zip(wanted, options, appointed, strict=True)
    ]


def _deed(definition: Definition, step: Step, action: Action) -> Deed:
    is_picked = step.seats is not None and step.seats.count == "picked" and not action.by
    return Deed(step.path, action, definition.hats(step, action), is_picked)


def _option(deed: Deed) -> Option:
    """The deed as the machine would offer it, done by right."""
    track = deed.path.split(".")[1] if deed.path.count(".") == 2 else None
    return Option(
        action=deed.action.name,
        track=track,
        path=deed.path,
        visit=1,
        parties=deed.hats,
        seats=(),
        means=deed.action.means,
        needs=deed.action.needs,
        decision_class=DecisionClass.ROUTINE,
        unmet=(),
        picks=None,
        picks_most=None,
        letter=deed.action.letter,
        sets=deed.action.sets,
        stays=deed.action.stays,
        closes=deed.action.closes,
    )


def _case_to_be(session: Session, version: Version, question: Question, now: datetime) -> CaseState:
    """A case of the agency as it would begin."""
    line = parties.owner_line(session, question.agency_id)
    if not line:
        raise NotFound(f"agency {question.agency_id}")
    initial = version.definition.initial
    return CaseState(
        id=0,
        workflow_version_id=question.version_id,
        workflow_key=version.definition.key,
        workflow_number=0,
        workflow_hash=version.definition.hash,
        proposal_id=0,
        agency_id=question.agency_id,
        owner_line=line,
        marking=Marking(initial),
        facts={},
        hats={},
        version=0,
        journal_seq=0,
        journal_hash="",
        step=initial,
        outcome=None,
        started_at=now,
        moved_at=now,
        ended_at=None,
    )


def _appointed(
    session: Session,
    question: Question,
    situation: Situation,
    options: Sequence[Option],
    now: datetime,
) -> list[list[int]]:
    """For each option the people that are asked about: the named one, or all of its positions."""
    if question.person_id is not None:
        return [[question.person_id]] * len(options)
    asked = [
        [way.position_id for way in situation.ways(option) if way.position_id is not None]
        if question.position_id is None
        else [question.position_id]
        for option in options
    ]
    rows = session.execute(
        select(Appointment.position_id, Appointment.person_id)
        .where(
            Appointment.position_id.in_({one for ids in asked for one in ids}),
            valid_on(now.date(), Appointment.starts_on, Appointment.ends_on),
        )
        .order_by(Appointment.starts_on, Appointment.id)
    ).all()
    return [
        list(dict.fromkeys(row.person_id for row in rows if row.position_id in ids))
        for ids in asked
    ]


def _not_asked(
    deed: Deed, situation: Situation, usual: Mapping[Place, Addressee | None]
) -> Iterator[str]:
    """The agencies that would be asked if the case were another agency's."""
    for hat in deed.hats:
        place = situation.version.definition.parties[hat].place
        asked, otherwise = situation.addressees.get(hat), usual.get(place) if place else None
        if asked and otherwise and asked.agency_id != otherwise.agency_id:
            yield otherwise.agency


def _answer(who: Credentials, deed: Deed, option: Option, situation: Situation) -> Answer:
    judged = [
        (guard, _judged(who, replace(option, decision_class=one), situation))
        for guard, one in _classes(deed.action)
    ]
    barred = [(guard, one.reasons) for guard, one in judged if one.reasons]
    nearest = min((one for _, one in judged), key=lambda one: len(one.reasons))
    return Answer(
        name=who.name,
        actor=nearest.actor,
        reasons=nearest.reasons,
        unless=() if nearest.reasons else tuple(Unless(*one) for one in barred),
        not_after=tuple(_not_after(who, nearest, situation)),
    )


def _classes(action: Action) -> Iterator[tuple[str | None, DecisionClass]]:
    """The classes that a decision may have, each with the guard of the cases in which it has it."""
    for rule in action.classes:
        yield None if rule.when is None else rule.when.text, rule.decision_class
        if rule.when is None:
            return
    yield None, DecisionClass.ROUTINE


def _judged(who: Credentials, option: Option, situation: Situation) -> Authority:
    return judge(who, [(chair, option) for chair in who.actors or (None,)], situation).authority


def _not_after(who: Credentials, authority: Authority, situation: Situation) -> Iterator[str]:
    """The other hats that the person's positions may wear, apart from the one asked."""
    if authority.way is None or authority.reasons:
        return
    for hat, addressee in situation.addressees.items():
        is_apart = frozenset({hat, authority.way.hat}) in situation.version.apart
        if is_apart and addressee.position_id in who.position_ids:
            yield hat
