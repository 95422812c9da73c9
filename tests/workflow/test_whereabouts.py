"""In whose words a proposal's step is told, wherever it is listed."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from states import library
from states.wording import Words
from tests.workflow.factories import City
from workflow import queue
from workflow.proposals import register

WORD = "Disiapkan di dinas"


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    """A city whose owners know the first step by another word."""
    city = City.founded(session, now)
    shipped = library.text("program-proposal")
    told = shipped.replace("    edits: all\n", f"    edits: all\n    owner_sees: {WORD}\n", 1)
    city.case(city.publish(told), now)
    return city


@pytest.mark.parametrize(
    ("username", "word"), [("operator.dinkes", WORD), ("head.dinkes", WORD), ("admin", None)]
)
def test_the_register_tells_the_step_in_the_owners_word_to_the_owner_only(
    city: City, now: datetime, username: str, word: str | None
) -> None:
    if username not in city.people:
        city.person(username, administers=True)
    [entry] = register.page(city.session, city.people[username], now).rows
    assert (entry.step, entry.owner_word) == ("drafting", word and Words(word))


def test_the_agencys_own_list_tells_the_step_in_the_owners_word(city: City, now: datetime) -> None:
    [ball] = queue.where_is_the_ball(city.session, [city.agencies["dinkes"]], now)
    assert (ball.step, ball.owner_word) == ("drafting", Words(WORD))
    city.act(ball.case_id, "operator.dinkes", "discard", now)
    [ball] = queue.where_is_the_ball(city.session, [city.agencies["dinkes"]], now)
    assert (ball.outcome, ball.owner_word) == ("cancelled", None)
