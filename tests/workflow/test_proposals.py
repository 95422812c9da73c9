"""Proposals: begun by those who may, saved with gaps, never over somebody else's save."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.databases import SEEDED_AT
from tests.workflow.demo import agency_id, case_of, person_id
from workflow import cases, engine, proposals
from workflow.errors import Conflict, Invalid, NotFound, Refused
from workflow.models import Event, Point, Proposal
from workflow.proposals import ProposalView, Saved
from workflow.rehearsal import plausible

NOW = SEEDED_AT


def begun(session: Session, **document: Any) -> ProposalView:
    """A new draft of the health agency."""
    proposal = proposals.create(
        session,
        agency_id(session, "dinkes"),
        "Posyandu keliling untuk warga",
        person_id=person_id(session, "operator.dinkes"),
        appointment_id=None,
        now=NOW,
        document=document,
    )
    return proposals.read(session, proposal.id)


def save(
    session: Session, held: ProposalView, by: str = "operator.dinkes", **changes: Any
) -> Saved:
    """Save the document with changes, as somebody."""
    return proposals.save(
        session,
        held.id,
        {**held.document, **changes},
        person_id=person_id(session, by),
        revision=held.revision,
        now=NOW,
    )


def saves(session: Session, case_id: int) -> list[Event]:
    query = select(Event).where(Event.case_id == case_id, Event.kind == "proposal_saved")
    return list(session.scalars(query.order_by(Event.seq)))


def test_a_proposal_begins_with_its_case_and_the_drafters_task(demo: Session) -> None:
    held = begun(demo)
    case = cases.read(demo, held.case_id)
    assert (held.title, held.revision, held.receipt_number) == (
        "Posyandu keliling untuk warga",
        1,
        None,
    )
    assert (case.step, case.outcome) == ("drafting", None)
    assert case.facts["complete"] is False
    assert case.facts["conditions_set"] is False


@pytest.mark.parametrize("username", ["operator.dlh", "telaah.bapperida", "admin"])
def test_only_the_agencys_own_people_may_propose_for_it(demo: Session, username: str) -> None:
    with pytest.raises(Refused):
        proposals.create(
            demo,
            agency_id(demo, "dinkes"),
            "Bukan urusan kami",
            person_id=person_id(demo, username),
            appointment_id=None,
            now=NOW,
        )


def test_a_named_appointment_must_be_the_persons_own(demo: Session) -> None:
    with pytest.raises(Refused, match="no_appointment"):
        proposals.create(
            demo,
            agency_id(demo, "dinkes"),
            "Dengan jabatan orang lain",
            person_id=person_id(demo, "operator.dinkes"),
            appointment_id=-1,
            now=NOW,
        )


def test_a_draft_is_saved_with_its_gaps(demo: Session) -> None:
    held = begun(demo)
    saved = save(demo, held, kind="new", budget=[{"amount": "Rp 5.000"}])
    assert saved == Saved(held.id, 2, ("kind", "budget"))
    again = proposals.read(demo, held.id)
    assert again.document["budget"] == [{"year": None, "source": None, "amount": 5000}]
    event = saves(demo, held.case_id)[-1]
    assert event.payload["changed"] == ["kind", "budget"]
    assert event.payload["revision"] == 2


def test_a_save_that_changes_nothing_leaves_no_trace(demo: Session) -> None:
    held = begun(demo)
    before = cases.read(demo, held.case_id)
    assert save(demo, held, title=f"  {held.title} ") == Saved(held.id, 1, ())
    assert cases.read(demo, held.case_id) == before
    assert saves(demo, held.case_id) == []


def test_completing_the_document_makes_the_case_complete(demo: Session) -> None:
    held = begun(demo)
    whole = plausible.complete(held.document, Random(1), 2027)
    save(demo, held, **whole)
    facts = cases.read(demo, held.case_id).facts
    assert facts["complete"] is True
    assert facts["total_budget"] == sum(row["amount"] for row in whole["budget"])


def test_a_new_title_is_found_by_its_words(demo: Session) -> None:
    held = begun(demo)
    save(demo, held, title="Ambulans udara")
    words = func.to_tsquery("indonesian", "udara")
    found = demo.scalars(select(Proposal.id).where(Proposal.search.op("@@")(words))).all()
    assert found == [held.id]


def test_the_second_of_two_saves_is_told_who_was_first(demo: Session) -> None:
    held = begun(demo)
    save(demo, held, kind="new")
    with pytest.raises(Conflict) as refused:
        save(demo, held, kind="continuation")
    assert refused.value.decided_by == "Operator Dinas Kesehatan"
    assert refused.value.version == 2
    assert proposals.read(demo, held.id).document["kind"] == "new"


def test_a_revision_that_was_never_shown_is_refused(demo: Session) -> None:
    held = begun(demo)
    with pytest.raises(Invalid, match="unknown_revision"):
        proposals.save(
            demo,
            held.id,
            {**held.document, "kind": "new"},
            person_id=person_id(demo, "operator.dinkes"),
            revision=7,
            now=NOW,
        )


@pytest.mark.parametrize("username", ["kepala.dinkes", "operator.dlh", "admin"])
def test_only_the_drafter_edits_a_draft(demo: Session, username: str) -> None:
    held = begun(demo)
    with pytest.raises(Refused):
        save(demo, held, by=username, kind="new")
    assert proposals.read(demo, held.id).revision == 1


def test_nobody_edits_while_others_review(demo: Session) -> None:
    case = case_of(demo, "dinsos")
    held = proposals.read(demo, case.proposal_id)
    with pytest.raises(Refused, match="not_here"):
        save(demo, held, by="operator.dinsos", kind="termination")


def test_after_a_return_only_the_fields_of_the_points_are_open(demo: Session) -> None:
    case = case_of(demo, "kec.timur")
    held = proposals.read(demo, case.proposal_id)
    assert cases.read(demo, case.id).step == "revising"
    fields = set(demo.scalars(select(Point.field).where(Point.case_id == case.id)))
    locked = next(name for name in ("objective", "sustainability") if name not in fields)
    with pytest.raises(Invalid) as refused:
        save(demo, held, by="operator.kec.timur", **{locked: "x" * 60})
    assert [(each.field, each.code) for each in refused.value.problems] == [
        (locked, "not_editable")
    ]
    opened = min(field for field in fields if field)
    changed = {"scope": "y" * 120, "problem": "y" * 120, "budget": [], "outcomes": []}[opened]
    assert save(demo, held, by="operator.kec.timur", **{opened: changed}).changed == (opened,)


def test_a_point_without_a_field_opens_the_whole_document(demo: Session) -> None:
    case = case_of(demo, "kec.timur")
    held = proposals.read(demo, case.proposal_id)
    demo.scalars(select(Point).where(Point.case_id == case.id)).first().field = None  # type: ignore[union-attr]
    demo.flush()
    assert save(demo, held, by="operator.kec.timur", objective="x" * 60).changed == ("objective",)


def test_a_step_may_open_some_fields_by_name(
    demo: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = begun(demo)
    monkeypatch.setattr(engine, "may_edit", lambda *_: ("budget",))
    with pytest.raises(Invalid, match="not_editable"):
        save(demo, held, kind="new", budget=[{"amount": 1}])
    assert save(demo, held, budget=[{"amount": 1}]).changed == ("budget",)


def test_the_lane_that_was_confirmed_is_not_proposed_again(demo: Session) -> None:
    case = case_of(demo, "kec.timur")
    held = proposals.read(demo, case.proposal_id)
    for point in demo.scalars(select(Point).where(Point.case_id == case.id)):
        point.field = None
    confirmed = cases.read(demo, case.id).facts["lane"]
    save(demo, held, by="operator.kec.timur", quick_win=True)
    assert confirmed == "standard"
    assert cases.read(demo, case.id).facts["lane"] == "standard"


@pytest.mark.parametrize(
    ("code", "problem"), [("dinkes", "own_agency"), ("pemadam.mars", "unknown_agency")]
)
def test_a_supporting_agency_is_another_one_that_exists(
    demo: Session, code: str, problem: str
) -> None:
    held = begun(demo)
    with pytest.raises(Invalid) as refused:
        save(demo, held, supporting_agencies=[{"code": ""}, {"code": code, "role": "Data"}])
    assert [(each.field, each.code) for each in refused.value.problems] == [
        ("supporting_agencies.1.code", problem)
    ]
    assert save(demo, held, supporting_agencies=[{"code": "dlh"}]).changed


def test_the_same_key_begins_a_proposal_once(demo: Session) -> None:
    values: dict[str, Any] = {
        "title": "Layanan dari skrip",
        "document": {"kind": "new"},
        "person_id": person_id(demo, "operator.dinkes"),
        "key": "a1",
        "now": NOW,
    }
    first = proposals.create_once(demo, agency_code="dinkes", **values)
    assert proposals.create_once(demo, agency_code="dinkes", **values) == first
    assert proposals.read(demo, first).document["kind"] == "new"
    with pytest.raises(Invalid) as refused:
        proposals.create_once(demo, agency_code="dinkess", **{**values, "key": "a2"})
    assert refused.value.problems[0].values == {"nearest": "dinkes"}


def test_points_are_told_in_order(demo: Session) -> None:
    reader = person_id(demo, "kepala.bapperida")
    points = proposals.points(demo, case_of(demo, "kec.timur").id, reader, SEEDED_AT)
    assert points
    assert [point.number for point in points] == list(range(1, len(points) + 1))


def test_what_is_not_there_is_not_found(demo: Session, now: datetime) -> None:
    with pytest.raises(NotFound):
        proposals.read(demo, 0)
