"""Rules and problems in sentences: every code that the domain raises is put into words here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from blueprints import formatting, guard_words
from blueprints.edge import application
from blueprints.labels import done, label
from workflow.errors import Problem, Reason

REASONS: Mapping[str, object] = {
    "not_signed_in": _l("You are not signed in."),
    "inactive": _l("This account is not active."),
    "no_appointment": _l("You hold no position today."),
    "appointment_expired": _l("Your appointment has ended."),
    "not_your_position": _l("This is up to %(holders)s."),
    "not_your_agency": _l("This belongs to another agency."),
    "own_agency": _l("An agency does not review its own proposal."),
    "apart": _l("You already took part in this case as %(hat)s; another person must do this."),
    "seat_taken": _l("All places at this step have been taken by others."),
    "assigned_to_other": _l("This was assigned to %(name)s."),
    "absent": _l("%(deputy)s acts for you (Plh.) until %(until)s. Then it is yours again."),
    "not_for_you": _l("Only those who may do this task, and their superior, say whose it is."),
    "not_for_this_task": _l("This person cannot be given the task."),
    "acting_officer": _l("A strategic decision is not open to an acting officer (Plt. or Plh.)."),
    "administrators_do_not_decide": _l("Administrators set things up; they do not decide."),
    "not_here": _l("The case is not at a step where this can be done."),
    "guard_unmet": _l("The condition for this is not met: %(guard)s."),
    "fact_unknown": _l("Something must be known first: %(fact)s."),
    "needs_missing": _l("Still needed: %(needs)s."),
    "times_used": _l("This has been done as often as it may be."),
    "already_decided": _l("%(by)s was quicker: %(done)s, %(at)s."),
    "moved_meanwhile": _l("The case has moved on. What was said is told when all have spoken."),
    "no_agency": _l("No agency is named for this today: %(agency)s."),
    "unknown_action": _l("There is no such action here: %(action)s."),
    "ambiguous_action": _l("It is not clear which of several steps is meant."),
    "unknown_fact": _l("Something must be known first: %(fact)s."),
    "wrong_pick": _l("The number of people chosen does not fit."),
    "endless": _l("The workflow runs in a circle here. Tell an administrator."),
    "case_ended": _l("The case has ended."),
    "ambiguous": _l("It is not clear which of several steps is meant."),
    "version_not_seen": _l("The page you decided from does not say which version it showed."),
    "not_permitted": _l("Your positions do not include this."),
    "nothing_to_undo": _l("There is no change to undo."),
    "nothing_to_redo": _l("There is no change to make again."),
    "draft_elsewhere": _l("This draft is not open for that: %(status)s."),
    "own_draft": _l("You worked on this draft. Another administrator has to look at it."),
    "no_such_step": _l("There is no such step to go to: %(step)s."),
    "step_gone": _l("The step “%(step)s” does not exist there."),
    "step_other": _l("The step “%(step)s” is of another kind there."),
    "votes_lost": _l("At “%(step)s” others sit there, and votes given already would be lost."),
    "track_gone": _l("The track “%(track)s” does not exist there."),
    "verdict_gone": _l("The verdict “%(verdict)s” of %(track)s does not exist there."),
    "never_stands_so": _l("No case ever stands so at “%(step)s” there."),
    "spares_approvals": _l(
        "At “%(step)s” approvals would be skipped: %(least)s are still needed, "
        "only %(needed)s would be asked for."
    ),
    "moving_decides": _l("The case would not stop at “%(step)s”: moving decides nothing."),
    "no_such_case": _l("There is no such case of this workflow."),
    "moved_on_since": _l("The case has moved on since this was shown. Look at it again."),
    "acted_since_move": _l("It was not moved last, or somebody has acted since."),
    "version_retired": _l("A newer version has replaced this one."),
    "version_replaced": _l("Cases are moved only to the newest version."),
    "unexpected": _l("Something unexpected went wrong: %(error)s."),
}
"""Why something is not open to somebody."""

PROBLEMS: Mapping[str, object] = {
    "not_a_code": _l(
        "Only small letters, digits, dots, dashes or underscores, such as dinas.satu."
    ),
    "code_taken": _l("This means an agency or a function already."),
    "name_taken": _l("Another agency is called that."),
    "post_taken": _l("The agency has this post already."),
    "username_taken": _l("Somebody has this user name already."),
    "not_an_email": _l("This is not an e-mail address."),
    "before_the_last_name": _l("The last name holds from %(day)s; a new one cannot begin before."),
    "agency_closed": _l("The agency is no more since %(day)s."),
    "position_closed": _l("The position is closed already."),
    "under_itself": _l("It would stand under itself."),
    "has_it_already": _l("The agency has this function already on that day."),
    "given_later": _l("It is given to somebody from %(day)s on; choose a later day."),
    "works_it_already": _l("The agency works by this week already."),
    "has_cases": _l("Proposals of it are under way: %(number)s."),
    "has_tasks": _l("Open tasks wait there: %(number)s."),
    "has_holders": _l("Appointments to it have not ended: %(number)s."),
    "has_functions": _l("It has functions that workflows ask for: %(number)s. Give them first."),
    "has_children": _l("Agencies are part of it: %(number)s."),
    "name_missing": _l("The agency is new and has no name on the sheet %(sheet)s."),
    "unknown_agency_code": _l("There is no agency of the code %(code)s."),
    "unknown_post": _l("There is no such position: %(post)s."),
    "unknown_username": _l("There is nobody of the user name %(username)s."),
    "yes_or_no": _l("Write %(yes)s or %(no)s."),
    "not_by_file": _l("This is not changed by a file."),
    "appointment_differs": _l(
        "This person is appointed to it from that day already, in another way. Appointments are "
        "ended on their page."
    ),
    "file_missing": _l("Choose a file."),
    "file_too_large": _l("The file is too large: at most %(most)s MB."),
    "not_a_workbook": _l("This is not an XLSX file."),
    "no_known_sheet": _l("None of the sheets is there: %(names)s."),
    "columns_missing": _l("On the sheet %(sheet)s these columns are missing: %(columns)s."),
    "too_many_rows": _l("There are more than %(most)s rows."),
    "itself": _l("This is the agency itself."),
    "has_successions": _l("Mergers or splits with it wait: %(number)s."),
    "heir_until": _l("%(agency)s goes to this agency on %(day)s; withdraw that first."),
    "not_there_then": _l("This agency is not there on that day."),
    "succession_waits": _l("A merger or split of this agency waits already."),
    "oneself_off": _l("Nobody switches off their own account."),
    "last_administrator": _l("This is the last administrator."),
    "already_confirmed": _l("The year %(year)s is confirmed already."),
    "already_closed": _l("This day is closed already: %(name)s."),
    "not_closed": _l("This day is not closed."),
    "never_open": _l("At least one day is worked."),
    "time_missing": _l("Both times are needed, such as 07:30."),
    "closes_before_opening": _l("It closes before it opens."),
    "season_too_long": _l("A season has at most %(most)s days."),
    "season_overlaps": _l("On these days it is %(name)s already."),
    "second_person": _l("Whoever entered a change does not confirm it."),
    "not_waiting": _l("This change does not wait any more."),
    "bad_cursor": _l("This page of the list is not there any more."),
    "barred": _l(
        "This person took part in the case, belongs to the proposing agency, or administers."
    ),
    "before_start": _l("The last year lies before the first, %(start)s."),
    "control_character": _l("There is a character in it that cannot be read."),
    "closed_address": _l("Nothing is posted to a machine of this network."),
    "checklist_note_missing": _l("A note is needed for this answer."),
    "checklist_unanswered": _l("This item is not answered yet."),
    "day_is_over": _l("This day is over."),
    "ends_before_start": _l("The last day lies before the first."),
    "ends_no_earlier": _l("It ends on %(ends_on)s anyway. An earlier day is needed."),
    "ends_too_early": _l("The earliest last day is %(earliest)s."),
    "holds_it_already": _l("This person holds the position on some of these days already."),
    "letter_to_come": _l("The letter cannot be dated after today."),
    "oneself": _l("Nobody appoints themselves. Ask an administrator or the personnel agency."),
    "known_already": _l("There is something by that name already."),
    "missing": _l("This is still missing."),
    "more_than_a_text": _l("A text cannot do more than name, ask and list: %(parts)s."),
    "more_than_an_address": _l("An address without user, password and # is needed."),
    "negative": _l("This cannot be less than zero."),
    "no_money": _l("No amount is given for any year."),
    "no_rows": _l("At least one row is needed."),
    "not_in_length": _l("From %(least)s to %(most)s characters are needed."),
    "not_in_range": _l("From %(least)s to %(most)s is possible."),
    "not_json_object": _l("This is not a JSON object."),
    "not_asked": _l("This was not asked for."),
    "not_filled": _l("The text cannot be filled for this case: %(why)s"),
    "not_https": _l("The address has to begin with https://."),
    "not_a_text": _l("This cannot be read as a text: %(why)s"),
    "not_an_address": _l("This is not an address that begins with https://."),
    "not_a_date": _l("This is not a date."),
    "not_a_holder": _l("This person does not hold the position."),
    "not_a_time": _l("This is not a time such as 07.30."),
    "until_before_from": _l("The end must come after the beginning."),
    "not_a_number": _l("This is not a number."),
    "not_a_whole_number": _l("This is not a whole number."),
    "not_editable": _l("This cannot be changed at this step."),
    "not_of_dimension": _l("This does not belong to the chosen dimension."),
    "not_text": _l("This is not a text."),
    "not_side_by_side": _l("These two cannot be put side by side."),
    "only_track": _l("It is the only track; take the parallel step away."),
    "no_such_verdict": _l("“%(action)s” has no counterpart among what the others can say."),
    "nothing_to_vote": _l("Nothing that is done here leads on, so there is nothing to vote on."),
    "not_understood": _l("This cannot be understood."),
    "nothing_new": _l("This very text is a published version already."),
    "not_yes_or_no": _l("Say yes or no."),
    "out_of_range": _l("From %(least)s to %(most)s is possible."),
    "outside_years": _l("The year %(year)s lies outside the years of the programme."),
    "own_agency": _l("The proposing agency cannot support itself."),
    "repeated": _l("This is there twice."),
    "required": _l("This is needed."),
    "differs": _l("The two are not the same."),
    "same_as_output": _l("An outcome is not the same as an output."),
    "scenarios_fail": _l("These examples do not hold any more: %(names)s."),
    "taken": _l("This was used for another request already."),
    "still_over": _l("The task would still be late. Give it more days."),
    "too_large": _l("At most %(most)s is possible."),
    "too_long": _l("At most %(most)s characters fit."),
    "too_many": _l("At most %(most)s are possible."),
    "too_many_decimals": _l("At most %(most)s digits may follow the comma."),
    "too_many_years": _l("At most %(most)s years are possible."),
    "too_short": _l("At least %(least)s characters are needed."),
    "too_small": _l("At least %(least)s is needed."),
    "unmanned": _l("Nobody can work today for: %(hat)s."),
    "untold": _l("Nobody says: %(facts)s. Look at the findings."),
    "unreadable": _l("The text cannot be read yet; see what is marked. Places: %(number)s."),
    "unsound": _l("Errors have to be put right first; see the findings. Number: %(number)s."),
    "inside_or_outside": _l("A party is a post or a body outside, not both."),
    "recorded_by": _l("“%(action)s” at “%(step)s” records it."),
    "twice": _l("The same stands here twice."),
    "unknown": _l("This is not one of the choices."),
    "unknown_agency": _l("There is no such agency."),
    "unknown_choice": _l("This is not one of the choices."),
    "unknown_field": _l("A proposal has no such field."),
    "unknown_names": _l("It names %(names)s; there are only %(known)s."),
    "unknown_revision": _l("The page you saved from does not say which version it showed."),
    "wrong_value": _l("This value does not fit."),
    "years_without_budget": _l("No budget is given for %(years)s."),
}
"""What is wrong with a field, beside the field."""

MESSAGE_KINDS: Mapping[str, object] = {
    "announce": _l("Telling people of a decision"),
    "catch_up": _l("Gathering what piled up"),
    "pile": _l("Telling people what piled up"),
    "digest": _l("Daily digests"),
    "mail": _l("Mails"),
    "outage": _l("Moving deadlines after an outage"),
    "recount": _l("Counting deadlines again"),
    "reweek": _l("Counting the deadlines of an agency over its new week"),
    "password_link": _l("Links for passwords"),
    "appointed": _l("Telling people of appointments"),
    "address_changed": _l("Word to former mail addresses"),
    "succeed": _l("Merging or splitting an agency"),
    "succeed_again": _l("Moving on what came up during a merger or split"),
    "webhook": _l("Webhooks"),
}
"""What a message of the outbox is for."""

NAMES = {
    "action": "action",
    "hat": "party",
    "party": "party",
    "fact": "fact",
    "facts": "fact",
    "needs": "need",
    "need": "need",
    "steps": "step",
    "step": "step",
    "track": "track",
    "verdict": "verdict",
    "status": "status",
}


def reason(given: Reason) -> str:
    """The sentence for a reason; an unknown code is shown as it stands."""
    return _sentence(REASONS, given.code, given.values)


def problem(given: Problem) -> str:
    """The sentence for a problem; an unknown code is shown as it stands."""
    return _sentence(PROBLEMS, given.code, given.values)


def _sentence(sentences: Mapping[str, object], code: str, values: Mapping[str, object]) -> str:
    template = str(sentences.get(code, code.replace("_", " ").capitalize() + "."))
    known = {name: _spoken(name, value) for name, value in values.items()}
    known["done"] = done(str(values.get("action", "")))
    try:
        return template % known if "%(" in template else template
    except KeyError:
        return template.partition("%(")[0].rstrip(" :") + "."


def _spoken(name: str, value: object) -> str:
    if isinstance(value, datetime):
        return formatting.moment(value, application().settings.zone)
    if isinstance(value, date):
        return formatting.day(value)
    if isinstance(value, str):
        if name == "guard":
            return guard_words.spoken(value)
        return label(NAMES[name], value) if name in NAMES else holder_in_words(value)
    if isinstance(value, Iterable):
        return listed([_spoken(name, item) for item in value])
    return str(value)


def holder_in_words(described: str) -> str:
    """`Title (Name)` or `Name, Title` as it is said: a name that repeats the title is left out."""
    title, bracket, names = described.partition(" (")
    if bracket and names == f"{title})":
        return title
    half = (len(described) - len(", ")) // 2
    return described[:half] if described == f"{described[:half]}, {described[:half]}" else described


def listed(items: list[str]) -> str:
    """`a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return _("%(items)s and %(last)s", items=", ".join(items[:-1]), last=items[-1])
