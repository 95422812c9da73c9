"""The journal: what was tampered with is found, what waits for the join is not told before it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from states import library
from tests.workflow.factories import City, checklist
from workflow import engine, journal, timelines
from workflow.cases import GENESIS
from workflow.errors import Refused
from workflow.models import Case, Decision, Event, WorkflowVersion

pytestmark = pytest.mark.postgres15

POINTS = [{"field": "budget", "text": "Rincian belum ada"}]


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    return City.founded(session, now)


@pytest.fixture
def case_id(city: City, now: datetime) -> int:
    case_id = city.case(city.publish(library.text("program-proposal")), now)
    city.act(case_id, "operator.dinkes", "forward", now, comment="Ñoño – \U0001f600")
    city.act(case_id, "secretary.dinkes", "initial", now)
    city.act(case_id, "head.dinkes", "submit", now)
    city.act(case_id, "clerk.bapperida", "accept", now, lane="standard")
    city.act(case_id, "reviewer.bapperida", "recommend", now, checklist=checklist("planning"))
    return case_id


def edit(session: Session, case_id: int) -> None:
    session.execute(
        update(Event)
        .where(Event.case_id == case_id, Event.seq == 3)
        .values(payload=Event.payload.op("||")({"comment": "lain"}))
    )


def edit_time(session: Session, case_id: int) -> None:
    session.execute(text("UPDATE events SET at = at + interval '1 second' WHERE seq = 3"))


def drop(session: Session, case_id: int) -> None:
    session.execute(delete(Event).where(Event.case_id == case_id, Event.seq == 3))


def drop_and_close_up(session: Session, case_id: int) -> None:
    drop(session, case_id)
    for seq in range(4, 7):
        session.execute(
            update(Event).where(Event.case_id == case_id, Event.seq == seq).values(seq=seq - 1)
        )


def swap(session: Session, case_id: int) -> None:
    for old, new in ((3, 99), (4, 3), (99, 4)):
        session.execute(
            update(Event).where(Event.case_id == case_id, Event.seq == old).values(seq=new)
        )


def cut_off(session: Session, case_id: int) -> None:
    session.execute(delete(Event).where(Event.case_id == case_id, Event.seq >= 5))


def forget_the_head(session: Session, case_id: int) -> None:
    cut_off(session, case_id)
    session.execute(update(Case).where(Case.id == case_id).values(journal_seq=4))


def cut_off_with_the_head(session: Session, case_id: int) -> None:
    kept = session.get_one(Event, (case_id, 4))
    cut_off(session, case_id)
    session.execute(
        update(Case).where(Case.id == case_id).values(journal_seq=4, journal_hash=kept.hash)
    )


def empty_out(session: Session, case_id: int) -> None:
    session.execute(delete(Event).where(Event.case_id == case_id))
    session.execute(
        update(Case).where(Case.id == case_id).values(journal_seq=0, journal_hash=GENESIS)
    )


def rewrite(session: Session, case_id: int, seq: int, **told: object) -> str:
    """Another payload, with the hash that fits it."""
    event = session.get_one(Event, (case_id, seq))
    payload = event.payload | told
    who = event.person_id, event.appointment_id
    hashed = journal.link(event.previous_hash, case_id, seq, event.kind, event.at, *who, payload)
    session.execute(
        update(Event)
        .where(Event.case_id == case_id, Event.seq == seq)
        .values(payload=payload, hash=hashed)
    )
    session.expire_all()
    return hashed


def replace_one(session: Session, case_id: int) -> None:
    rewrite(session, case_id, 3, data={"comment": "lain"})


def replace_the_last(session: Session, case_id: int, **told: object) -> None:
    """As whoever may write anything would do it: the chain and its head hold."""
    hashed = rewrite(session, case_id, 6, **told)
    session.execute(update(Case).where(Case.id == case_id).values(journal_hash=hashed))


def say_otherwise(session: Session, case_id: int) -> None:
    replace_the_last(session, case_id, data={"comment": "lain"})


def lead_elsewhere(session: Session, case_id: int) -> None:
    replace_the_last(session, case_id, marking_hash="0" * 64)


def move_the_case(session: Session, case_id: int) -> None:
    session.execute(
        update(Case)
        .where(Case.id == case_id)
        .values(marking=Case.marking.op("||")({"step": "approved"}))
    )


def change_the_workflow(session: Session, case_id: int) -> None:
    session.execute(update(WorkflowVersion).values(hash="0" * 64))


def take_a_decision_out(session: Session, case_id: int) -> None:
    session.execute(delete(Decision).where(Decision.case_id == case_id, Decision.version == 4))


def change_a_decision(session: Session, case_id: int) -> None:
    session.execute(
        update(Decision)
        .where(Decision.case_id == case_id, Decision.version == 6)
        .values(data={"checklist": {}})
    )


def add_a_decision(session: Session, case_id: int) -> None:
    names = [column.name for column in Decision.__table__.columns if column.name != "id"]
    last = session.scalars(select(Decision).where(Decision.version == 6)).one()
    copied = {name: getattr(last, name) for name in names}
    session.add(Decision(**copied | {"version": 7, "request_id": "another"}))
    session.flush()


@pytest.mark.parametrize(
    ("tamper", "kind", "seq"),
    [
        (edit, "edited", 3),
        (edit_time, "edited", 3),
        (drop, "deleted", 3),
        (drop_and_close_up, "deleted", 3),
        (swap, "reordered", 3),
        (cut_off, "truncated", 5),
        (forget_the_head, "head", 4),
        (cut_off_with_the_head, "truncated", 5),
        (empty_out, "truncated", 1),
        (replace_one, "replaced", 3),
        (say_otherwise, "decision", 6),
        (lead_elsewhere, "case", 6),
        (move_the_case, "case", 6),
        (change_the_workflow, "case", 1),
        (take_a_decision_out, "decision", 4),
        (change_a_decision, "decision", 6),
        (add_a_decision, "decision", 7),
    ],
)
def test_whatever_was_done_to_the_journal_is_found(
    session: Session,
    case_id: int,
    tamper: Callable[[Session, int], None],
    kind: str,
    seq: int,
) -> None:
    assert list(journal.verify(session, case_id)) == []
    session.execute(text("SET LOCAL session_replication_role = replica"))
    tamper(session, case_id)
    flaw = next(iter(journal.verify(session, case_id)))
    assert (flaw.case_id, flaw.kind, flaw.seq) == (case_id, kind, seq)


def test_the_digest_changes_with_every_event_and_every_head(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    digests = [journal.digest(session)]
    city.act(case_id, "head.bapperida", "approve", now, track="planning")
    digests.append(journal.digest(session))
    session.execute(text("SET LOCAL session_replication_role = replica"))
    forget_the_head(session, case_id)
    digests.append(journal.digest(session))
    assert len(set(digests)) == 3
    assert journal.digest(session) == digests[-1]


@pytest.mark.parametrize("tamper", [edit, drop])
def test_the_database_itself_keeps_events_as_they_are(
    session: Session, case_id: int, tamper: Callable[[Session, int], None]
) -> None:
    with pytest.raises(DBAPIError, match="events is append-only"):
        tamper(session, case_id)


def test_the_journal_played_again_leads_to_the_same_marking(session: Session, case_id: int) -> None:
    assert journal.replay(session, case_id) == engine.state(session, case_id).marking


def test_events_come_in_pages(session: Session, case_id: int) -> None:
    assert [event.seq for event in journal.events(session, case_id, after=2, limit=2)] == [3, 4]


def words_of(city: City, case_id: int, username: str, now: datetime) -> list[str | None]:
    """What each event tells this reader was done; None where it is hidden."""
    entries = timelines.timeline(city.session, case_id, city.people[username], now)
    return [entry.payload.get("action") for entry in entries]


def test_the_owner_hears_the_reviewers_only_after_the_join(
    city: City, case_id: int, now: datetime
) -> None:
    told = ["start", "forward", "initial", "submit", "accept"]
    assert words_of(city, case_id, "head.dinkes", now) == [*told, None]
    assert words_of(city, case_id, "head.bapperida", now) == [*told, "recommend"]
    city.act(case_id, "head.bapperida", "return", now, track="planning", points=POINTS)
    hidden = timelines.timeline(city.session, case_id, city.people["head.dinkes"], now)[-1]
    assert (hidden.is_hidden, hidden.person_id) == (True, None)
    assert "data" not in hidden.payload
    assert "verdict" not in hidden.payload
    city.act(
        case_id,
        "secretary.diskominfo",
        "dispose",
        now,
        picks=[city.people["reviewer.diskominfo"]],
    )
    city.act(case_id, "reviewer.diskominfo", "hand_in", now, checklist=checklist("ict"))
    city.act(case_id, "lead_reviewer.diskominfo", "recommend", now)
    city.act(case_id, "head.diskominfo", "approve", now)
    assert None not in words_of(city, case_id, "head.dinkes", now)


IN_A_ROW = ("start", "forward", "initial", "submit", "accept")
CONDITIONS = [{"text": "Tunjuk walidata", "gate": "rka", "is_blocking": True}]


def approved_by_planning(city: City, now: datetime) -> int:
    """A case of the agencies in a row, which planning approved with conditions."""
    case_id = city.case(city.publish(library.text("program-proposal-sequential")), now)
    city.act(case_id, "operator.dinkes", "forward", now)
    city.act(case_id, "secretary.dinkes", "initial", now)
    city.act(case_id, "head.dinkes", "submit", now)
    city.act(case_id, "clerk.bapperida", "accept", now, lane="strategic", comment="Lengkap")
    city.act(case_id, "reviewer.bapperida", "recommend", now, checklist=checklist("planning"))
    city.act(case_id, "head.bapperida", "conditions", now, conditions=CONDITIONS)
    return case_id


def assigned(city: City, case_id: int, now: datetime) -> None:
    """Studied by the ICT agency, up to its head."""
    picks = [city.people["reviewer.diskominfo"]]
    city.act(case_id, "secretary.diskominfo", "dispose", now, picks=picks, comment="Lemah")
    city.act(case_id, "reviewer.diskominfo", "hand_in", now, checklist=checklist("ict"))
    city.act(case_id, "lead_reviewer.diskominfo", "recommend", now)


def test_agencies_in_a_row_are_heard_once_the_owner_is_asked_again(
    city: City, now: datetime
) -> None:
    case_id = approved_by_planning(city, now)
    assert words_of(city, case_id, "head.dinkes", now) == [*IN_A_ROW, None, None]
    hidden = timelines.timeline(city.session, case_id, city.people["head.dinkes"], now)[-1]
    assert (hidden.person_id, hidden.appointment_id) == (None, None)
    assert hidden.payload.keys() <= timelines.TOLD_OF_HIDDEN
    assert words_of(city, case_id, "secretary.diskominfo", now)[-1] == "conditions"
    assigned(city, case_id, now)
    assert words_of(city, case_id, "operator.dinkes", now) == [*IN_A_ROW, *[None] * 5]
    city.act(case_id, "head.diskominfo", "return", now, points=POINTS)
    city.act(case_id, "reviewer.bapperida", "extend", now, reason="Menunggu data")
    heard = words_of(city, case_id, "head.dinkes", now)
    assert heard[5:7] == ["recommend", "conditions"]
    assert heard[-2:] == ["return", "extend"]


def test_a_meeting_with_the_owner_is_held_in_front_of_the_owner(city: City, now: datetime) -> None:
    case_id = approved_by_planning(city, now)
    assigned(city, case_id, now)
    city.act(case_id, "head.diskominfo", "approve", now)
    assert None not in words_of(city, case_id, "head.dinkes", now)
    city.act(case_id, "head.bapperida", "dissent", now, reason="Belum siap")
    assert words_of(city, case_id, "head.dinkes", now)[-1] == "dissent"
    for username in ("head.diskominfo", "head.dinkes"):
        city.act(case_id, username, "sign", now, minutes="Sepakat")
    city.act(case_id, "head.setda", "endorse", now)
    assert words_of(city, case_id, "head.dinkes", now)[-1] is None


def test_agencies_in_a_row_are_heard_when_the_case_ends(city: City, now: datetime) -> None:
    case_id = approved_by_planning(city, now)
    city.act(case_id, "head.setda", "cancel", now, reason="Pagu dialihkan")
    assert None not in words_of(city, case_id, "head.dinkes", now)


def test_who_is_overtaken_by_words_that_wait_is_not_told_whose_they_are(
    city: City, now: datetime
) -> None:
    case_id = approved_by_planning(city, now)
    seen = engine.state(city.session, case_id).version - 1
    for username, code in (
        ("head.dinkes", "moved_meanwhile"),
        ("head.setda", "already_decided"),
    ):
        action = "withdraw" if username == "head.dinkes" else "cancel"
        with pytest.raises(Refused) as refused:
            city.act(case_id, username, action, now, seen=seen, reason="Sudah tidak perlu")
        assert [reason.code for reason in refused.value.reasons] == [code]


def test_a_question_to_the_owner_is_heard_at_once(
    city: City, now: datetime, session: Session
) -> None:
    case_id = city.case(city.publish(library.text("program-proposal")), now)
    city.act(case_id, "operator.dinkes", "forward", now)
    city.act(case_id, "secretary.dinkes", "initial", now)
    city.act(case_id, "head.dinkes", "submit", now)
    city.act(case_id, "clerk.bapperida", "accept", now, lane="standard")
    city.act(case_id, "reviewer.bapperida", "ask", now, question="Berapa pengguna?")
    city.act(case_id, "operator.dinkes", "answer", now, comment="Dua ribu")
    assert words_of(city, case_id, "operator.dinkes", now)[-2:] == ["ask", "answer"]


def test_refused_attempts_are_told_to_the_inspectorate_and_to_who_made_them(
    city: City, case_id: int, now: datetime
) -> None:
    with pytest.raises(Refused) as refused:
        city.act(case_id, "head.dinkes", "approve", now)
    engine.record_refusal(city.session, refused.value, now)

    def hears(username: str) -> bool:
        entries = timelines.timeline(city.session, case_id, city.people[username], now)
        return any(entry.kind == "attempt_refused" for entry in entries)

    assert hears("head.inspektorat")
    assert hears("head.dinkes")
    assert not hears("operator.dinkes")
    assert not hears("head.bapperida")
