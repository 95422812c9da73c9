"""The papers of a case: who said what, under the names of the day in the city."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from states import library
from tests.workflow.factories import City
from workflow import dossier
from workflow.models import AgencyName

pytestmark = pytest.mark.postgres15


@pytest.mark.parametrize("moment", ["2026-11-24T00:30+07:00", "2026-11-24T23:30+07:00"])
def test_a_point_is_told_under_the_agencys_name_of_the_citys_day(
    session: Session, now: datetime, moment: str
) -> None:
    city = City.founded(session, now)
    planning = city.agencies["bapperida"]
    session.execute(
        update(AgencyName)
        .where(AgencyName.agency_id == planning)
        .values(valid_until=date(2026, 11, 23))
    )
    for name, first, last in (("Bapperida", 24, 24), ("Badan Baru", 25, None)):
        session.add(
            AgencyName(
                agency_id=planning,
                name=name,
                short_name=name,
                valid_from=date(2026, 11, first),
                valid_until=last and date(2026, 11, last),
            )
        )
    case_id = city.case(city.publish(library.text("program-proposal")), now)
    city.act(case_id, "operator.dinkes", "forward", now)
    city.act(case_id, "secretary.dinkes", "initial", now)
    city.act(case_id, "head.dinkes", "submit", now)
    said_at = datetime.fromisoformat(moment).astimezone(now.tzinfo)
    points = [{"field": "budget", "text": "Rincian belum ada"}]
    city.act(case_id, "clerk.bapperida", "return", said_at, points=points)
    [point] = dossier.read(session, case_id, said_at).points
    assert point.agency == "Bapperida"
