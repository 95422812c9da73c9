"""Fires the timers of one case in a test's own transaction, as the sweep does one by one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from workflow import due_timers
from workflow.due_timers import Fate
from workflow.engine import firing


def fire_due(session: Session, case_id: int, now: datetime) -> list[str]:
    """Fire everything that is due, in order; returns the kinds of the timers that did something."""
    kinds = []
    while judged := due_timers.judge(
        due_timers.of_cases(session, [case_id], now, now.date()).get(case_id, ()), now
    ):
        timer = judged[0].timer
        fate = firing.fire(session, timer, now)
        assert fate is not None
        if fate is not Fate.VOID:
            kinds.append(timer.kind)
    return kinds
