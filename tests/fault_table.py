"""How each of the thirty faults is put in: the text that is there now, and what takes its place.

The edits are small ones that somebody could well make. Some faults are put in in several ways.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One edit; `number` is the row in docs/faults.md, `now` stands exactly once in the file."""

    number: int
    what: str
    file: str
    now: str
    then: str


FAULTS = (
    Fault(
        1,
        "the lock of a case ends with a savepoint, before anything is judged",
        "workflow/engine/__init__.py",
        """\
    requests.check(request)
    case = cases.lock(session, case_id)
""",
        """\
    requests.check(request)
    with session.begin_nested() as glance:
        case = cases.lock(session, case_id)
        glance.rollback()
""",
    ),
    Fault(
        2,
        "a case is read without a lock, checked, and written",
        "workflow/cases.py",
        '_LOCK = f"{_ROW} FOR UPDATE OF cases"',
        "_LOCK = _ROW",
    ),
    Fault(
        2,
        "nobody asks whether a request was made before",
        "workflow/engine/__init__.py",
        """\
        if known is not None:
            return known
""",
        "",
    ),
    Fault(
        3,
        "the verdicts are read before the lock and counted after it",
        "workflow/cases.py",
        """\
    try:
        return _one(session, _LOCK, case_id)
""",
        """\
    seen = _one(session, _ROW, case_id)
    try:
        _one(session, _LOCK, case_id)
        return seen
""",
    ),
    Fault(
        4,
        "a message is known by the step, not by the visit",
        "workflow/notifications/matters.py",
        'f"{self.case_id}:{self.seq}"',
        "f\"{self.case_id}:{self.payload.get('to')}\"",
    ),
    Fault(
        5,
        "a line of the bell is known by its kind, whatever became of the one before",
        "workflow/notifications/__init__.py",
        '            "key": line.key,\n',
        '            "key": f"{line.case_id}:{line.kind}",\n',
    ),
    Fault(
        6,
        "every reminder that was slept through is told",
        "workflow/due_timers.py",
        """\
    if timer.kind.startswith(REMINDER) and not is_last:
        return Fate.VOID
""",
        "",
    ),
    Fault(
        7,
        "a timer that failed once is left for ever",
        "workflow/due_timers.py",
        "is_pausing = one.retry_at is not None and one.retry_at > now",
        "is_pausing = one.retry_at is not None",
    ),
    Fault(
        7,
        "a sweep looks no further back than a day",
        "workflow/due_timers.py",
        "WHERE status = 'waiting' AND due_at <= :now AND (retry_at",
        """\
WHERE status = 'waiting' AND due_at <= :now
      AND due_at > CAST(:now AS timestamptz) - interval '1 day' AND (retry_at""",
    ),
    Fault(
        8,
        "a lease is shorter than the longest attempt",
        "workflow/outbox.py",
        "LEASE = timedelta(seconds=60)",
        "LEASE = timedelta(seconds=30)",
    ),
    Fault(
        8,
        "an attempt takes no lease",
        "workflow/outbox.py",
        "SET attempts = attempts + 1, due_at = %(leased_until)s, leased_until = NULL",
        "SET attempts = attempts + 1, leased_until = NULL",
    ),
    Fault(
        9,
        "who hands a message on has it without an end",
        "workflow/outbox.py",
        ".values(leased_until=now + LEASE)",
        ".values(leased_until=now.replace(year=9000))",
    ),
    Fault(
        9,
        "who attempts a message has it without an end",
        "workflow/outbox.py",
        '"leased_until": now + LEASE,',
        '"leased_until": now.replace(year=9000),',
    ),
    Fault(
        10,
        "the newest version of a case's workflow is loaded",
        "workflow/versions.py",
        """\
        raise NotFound(f"workflow version {version_id}")
    known = _compiled.get(digest)
""",
        """\
        raise NotFound(f"workflow version {version_id}")
    newest = select(_version.id, _version.hash).order_by(_version.id.desc()).limit(1)
    version_id, digest = session.execute(newest).one()
    known = _compiled.get(digest)
""",
    ),
    Fault(
        11,
        "a step that was done once gets no task when it is entered again",
        "workflow/engine/writing.py",
        """\
                      rank_at timestamptz)
    ), timed AS (
""",
        """\
                      rank_at timestamptz)
        WHERE NOT EXISTS (
            SELECT FROM tasks AS done
            WHERE done.case_id = moved.id AND done.path = task.path AND done.seat = task.seat
        )
    ), timed AS (
""",
    ),
    Fault(
        12,
        "a join waits for the branches that a veto cancels",
        "states/tally.py",
        "if not complete and not rule.early:",
        "if not complete:",
    ),
    Fault(
        12,
        "the tasks of a cancelled branch stay open",
        "states/progress.py",
        """\
                self.leave(f"{step.path}.{name}.{track.step}", None, "cancelled", "cancelled")
""",
        """\
                pass
""",
    ),
    Fault(
        13,
        "a track that has spoken stays open to speak again",
        "states/progress.py",
        """\
        self.tracks[track.name] = Track(None, target.removeprefix(ENDED))
""",
        """\
        stood = self.tracks[track.name].step
        self.tracks[track.name] = Track(stood, target.removeprefix(ENDED))
        path = f"{parallel.path}.{track.name}.{stood}"
        self.seats[path] = (Seat(self.plan.seats[path][0]),)
""",
    ),
    Fault(
        14,
        "nobody hears of a task that nobody can do",
        "workflow/notifications/announcements.py",
        """\
        *_alarm(session, matter, _unattended(matter, tasks, people)),
""",
        "",
    ),
    Fault(
        14,
        "a post that nobody holds opens a step without a seat",
        "states/progress.py",
        "return max(1, min(wanted, seats.most))",
        "return min(wanted, seats.most)",
    ),
    Fault(
        15,
        "the last day of an appointment is not asked",
        "workflow/appointments.py",
        """\
                  AND (appointments.ends_on IS NULL OR appointments.ends_on >= %(day)s)
""",
        "",
    ),
    Fault(
        15,
        "who was named for a task keeps it after leaving",
        "workflow/assignments.py",
        "            Person.is_active,\n",
        "",
    ),
    Fault(
        16,
        "who holds the position that is asked may, whatever the rules say",
        "workflow/engine/deciding.py",
        "    if judgement.authority.reasons:\n",
        "    if judgement.authority.way is None:\n",
    ),
    Fault(
        17,
        "an action is found by its name, whatever track was named with it",
        "workflow/engine/offers.py",
        'found = [option for option in offered if track in (None, option.track or "")]',
        "found = list(offered)",
    ),
    Fault(
        17,
        "the number of a task is not compared with the case of the address",
        "workflow/engine/assigning.py",
        "next((one for one in open_tasks if one.task_id == task_id), None)",
        "next(iter(open_tasks), None)",
    ),
    Fault(
        18,
        "only the position is compared with the owner's agency, not the person",
        "workflow/eligibility.py",
        """\
        return asked.agency_id in self.owner_line or not set(self.owner_line).isdisjoint(
            who.agency_ids
        )
""",
        """\
        return asked.agency_id in self.owner_line
""",
    ),
    Fault(
        18,
        "a delegate does not count as the person who has worn another hat",
        "workflow/eligibility.py",
        "if frozenset({worn, asked.hat}) in self.version.apart:",
        "if worn == asked.hat:",
    ),
    Fault(
        19,
        "whoever opens the bell has read it",
        "blueprints/notifications.py",
        """\
    found = notifications.list_for(database_session(), current_user.id, before=before, limit=A_PAGE)
""",
        """\
    notifications.mark_read(database_session(), current_user.id, now())
    found = notifications.list_for(database_session(), current_user.id, before=before, limit=A_PAGE)
""",
    ),
    Fault(
        20,
        "what a mail server answers is not looked at",
        "workflow/delivery/__init__.py",
        """\
            self.mail_server.send(written, now)
""",
        """\
            try:
                self.mail_server.send(written, now)
            except OSError:
                log.warning("mail not sent")
""",
    ),
    Fault(
        21,
        "a request hands messages on before it commits",
        "blueprints/edge.py",
        """\
            answer = super().dispatch_request()
""",
        """\
            answer = super().dispatch_request()
            from workflow.delivery.relay import _running

            for relay in tuple(_running) if request.method == "POST" else ():
                relay.hand_on()
""",
    ),
    Fault(
        22,
        "a save that changes nothing is a save",
        "workflow/proposals/saving.py",
        """\
    if not changed:
        return Saved(proposal_id, held.revision, ())
""",
        "",
    ),
    Fault(
        22,
        "an approval falls also when nothing that it covers has changed",
        "states/progress.py",
        "if again.unless_changed and _changed(track.name).holds(self.facts, self.visits):",
        "if again.unless_changed:",
    ),
    Fault(
        23,
        "a task is routed without an event",
        "workflow/engine/routing.py",
        """\
    journal.announce(session, case, timers.REASSIGNED, payload, now, person_id=who.person_id)
""",
        "",
    ),
    Fault(
        24,
        "a refused attempt is written over a case that is not locked",
        "workflow/engine/__init__.py",
        """\
        return
    case = cases.lock(session, attempt.case_id)
""",
        """\
        return
    case = cases.read(session, attempt.case_id)
""",
    ),
    Fault(
        25,
        "what a refused request has written is committed",
        "blueprints/edge.py",
        """\
        except Refused as refused:
            g.session.rollback()
""",
        """\
        except Refused as refused:
            g.session.commit()
""",
    ),
    Fault(
        26,
        "a message that was delivered is attempted again",
        "workflow/outbox.py",
        " AND done_at IS NULL AND dead_at IS NULL\n      AND due_at <= %(due_by)s",
        "",
    ),
    Fault(
        26,
        "each announcement of an event is a new matter",
        "workflow/notifications/matters.py",
        'f"{self.case_id}:{self.seq}"',
        'f"{self.case_id}:{self.seq}:{object()}"',
    ),
    Fault(
        27,
        "each worker asks for a digest of its own",
        "workflow/notifications/sending.py",
        'f"{DIGEST}:{person_id}:{day}"',
        'f"{DIGEST}:{person_id}:{day}:{object()}"',
    ),
    Fault(
        27,
        "two workers may attempt the same digest",
        "workflow/outbox.py",
        "SET attempts = attempts + 1, due_at = %(leased_until)s, leased_until = NULL",
        "SET attempts = attempts + 1, leased_until = NULL",
    ),
    Fault(
        28,
        "days are those of UTC",
        "workflow/calendar/openings.py",
        """\
    return moment
""",
        """\
    from datetime import UTC

    return moment.astimezone(UTC)
""",
    ),
    Fault(
        29,
        "a change of the calendar asks for no recount",
        "workflow/calendar_changes.py",
        """\
    outbox.post(session, [outbox.row(RECOUNT, f"{RECOUNT}:{change.version}", {}, now)])
""",
        "",
    ),
    Fault(
        29,
        "a recount moves nothing",
        "workflow/deadlines.py",
        "_Moved(task, postponing.counted_again(calendar, task.due_explained, now.tzinfo))",
        "_Moved(task, Due(task.due_at, task.due_explained, provisional=False))",
    ),
    Fault(
        30,
        "the queue sorts every task to show the first",
        "workflow/queue.py",
        """\
        .order_by(Task.rank_at, Task.id)
        .limit(limit)
""",
        "",
    ),
    Fault(
        30,
        "the list of proposals reads every proposal and shows the first",
        "workflow/proposals/register.py",
        """\
        .order_by(Proposal.id.desc())
        .limit(limit + 1)
""",
        """\
        .order_by(Proposal.id.desc())
""",
    ),
)
