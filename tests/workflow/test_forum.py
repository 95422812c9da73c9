"""What is late enough stands on the forum's list until somebody acts; nobody is written to."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.workflow.factories import City
from tests.workflow.sweeping import fire_due
from tests.workflow.test_reassigning import TEXT
from workflow import forum
from workflow.models import Case, Notification
from workflow.notifications import announcements
from workflow.organising import positions

pytestmark = pytest.mark.postgres15

LISTED = TEXT.replace(", reassign: true", "").format(to="forum")


def test_a_late_task_is_listed_until_somebody_acts(session: Session, now: datetime) -> None:
    city = City.founded(session, now)
    version_id = city.publish(LISTED)
    case_id, other_id = (city.case(version_id, now) for _ in range(2))
    later = now + timedelta(days=7)
    assert forum.listed(session, now, 9) == []
    assert fire_due(session, other_id, later) == ["escalation.0"]
    assert fire_due(session, case_id, later) == ["escalation.0"]
    listed, other = forum.listed(session, now, 9)
    assert (other.case_id, forum.listed(session, now, 1)) == (other_id, [listed])
    assert (listed.case_id, listed.path, listed.position) == (
        case_id,
        "checking",
        "clerk bapperida",
    )
    seq = session.get_one(Case, case_id, populate_existing=True).journal_seq
    announcements.announce(session, case_id, seq, later)
    assert session.scalar(select(func.count()).select_from(Notification)) == 0
    city.act(case_id, "clerk.bapperida", "accept", later)
    assert forum.listed(session, now, 9) == [other]


def test_the_list_names_a_post_by_its_title_of_the_day(session: Session, now: datetime) -> None:
    city = City.founded(session, now)
    by = city.person("admin", administers=True)
    late = now + timedelta(days=7)
    titled = {"title": "Petugas Utama", "valid_from": f"{late.date()}", "decree": "Perwali 1"}
    positions.rename(session, city.positions["clerk.bapperida"], titled, by=by, now=now)
    fire_due(session, city.case(city.publish(LISTED), now), late)
    midnight = late.replace(hour=0)
    shown = {
        moment: [one.position for one in forum.listed(session, moment, 9)]
        for moment in (midnight - timedelta(microseconds=1), midnight)
    }
    assert list(shown.values()) == [["clerk bapperida"], ["Petugas Utama"]]
