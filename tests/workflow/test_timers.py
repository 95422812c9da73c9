"""When the timers of a task come."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from states import library
from states.definition import Definition, Duration, Escalation, Reminder
from states.move import Opened
from states.reading import read
from tests.workflow.test_calendar import CALENDAR, at, due
from workflow import timers

DEFINITION = read(library.text("program-proposal"))


def planned(
    received: str,
    amount: int,
    unit: str = "working_days",
    *,
    lapses: bool = False,
    definition: Definition = DEFINITION,
) -> dict[str, datetime]:
    """Kind of timer -> its moment, for a task that is opened then."""
    rows = timers.rows(
        definition,
        opened=Opened("checking", 1, 0, "clerk", None, lapses),
        opened_at=at(received),
        due=due(received, amount, unit),
        calendar=CALENDAR,
        week="five",
    )
    assert len({row.kind for row in rows}) == len(rows)
    return {row.kind: row.due_at for row in rows}


def test_a_task_of_five_days_is_reminded_half_way_and_on_the_due_day_and_escalated_after() -> None:
    assert planned("2026-11-23T09:00", 5) == {
        "reminder.0": at("2026-11-26T07:30"),
        "reminder.1": at("2026-11-30T07:30"),
        "escalation.0": at("2026-12-01T16:00"),
        "escalation.1": at("2026-12-02T16:00"),
        "escalation.2": at("2026-12-03T16:00"),
    }


@pytest.mark.parametrize(
    ("received", "amount", "unit", "reminders"),
    [
        # Half of one day is the due day: reminded once.
        ("2026-11-23T09:00", 1, "working_days", {"reminder.1": "2026-11-24T07:30"}),
        # Due on the day on which it came: the task itself is the reminder.
        ("2026-11-23T09:00", 4, "working_hours", {}),
        ("2026-11-23T06:00", 4, "working_hours", {"reminder.1": "2026-11-23T07:30"}),
        (
            "2026-11-23T09:00",
            12,
            "working_hours",
            {"reminder.1": "2026-11-24T07:30"},
        ),
    ],
)
def test_no_reminder_comes_twice_at_once_or_before_its_task(
    received: str, amount: int, unit: str, reminders: dict[str, str]
) -> None:
    found = {
        kind: moment
        for kind, moment in planned(received, amount, unit).items()
        if kind.startswith("reminder")
    }
    assert found == {kind: at(moment) for kind, moment in reminders.items()}


def test_only_a_step_that_may_lapse_has_a_lapse_at_its_due_time() -> None:
    assert "lapse" not in planned("2026-11-23T09:00", 5)
    assert planned("2026-11-23T09:00", 5, lapses=True)["lapse"] == at("2026-11-30T16:00")


def test_a_task_without_a_due_time_has_no_timers() -> None:
    opened = Opened("drafting", 1, 0, "drafter", None, True)
    rows = timers.rows(
        DEFINITION,
        opened=opened,
        opened_at=at("2026-11-23T09:00"),
        due=None,
        calendar=CALENDAR,
        week="five",
    )
    assert rows == []


def test_reminders_and_escalations_follow_the_definition() -> None:
    definition = dataclasses.replace(
        DEFINITION,
        reminders=(Reminder("before", 2, "working_days"),),
        escalations=(Escalation(Duration(1, "hours"), "head"),),
    )
    assert planned("2026-11-23T09:00", 5, definition=definition) == {
        "reminder.0": at("2026-11-26T07:30"),
        "escalation.0": at("2026-11-30T17:00"),
    }


def test_a_task_that_was_opened_in_utc_is_reminded_in_the_city() -> None:
    rows = timers.rows(
        DEFINITION,
        opened=Opened("checking", 1, 0, "clerk", None, False),
        opened_at=at("2026-11-23T09:00").astimezone(UTC),
        due=due("2026-11-23T09:00", 5),
        calendar=CALENDAR,
        week="five",
    )
    assert rows[0].due_at == at("2026-11-26T07:30")
    assert rows[0].due_at.tzinfo == ZoneInfo("Asia/Jakarta")
