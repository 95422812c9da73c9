"""What was changed in the organisation, in one sentence for lists."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from flask_babel import lazy_gettext as _l

from blueprints import formatting
from blueprints.edge import application
from blueprints.labels import label
from workflow.setting_changes import Change

SENTENCES: Mapping[str, object] = {
    "founded": _l("Entered as %(name)s, from %(from)s"),
    "renamed": _l("Renamed from %(before)s to %(name)s, from %(from)s"),
    "corrected": _l("Name put right: %(name)s instead of %(before)s"),
    "moved": _l("Put under another agency"),
    "function_given": _l("Given the function %(function)s, from %(from)s"),
    "week_changed": _l("Another working week: %(week)s"),
    "closed": _l("Closed"),
    "succeeded": _l("Merged or split, from %(from)s"),
    "opened": _l("Opened again"),
    "made": _l("Entered"),
    "changed": _l("Changed: %(changes)s"),
    "switched_off": _l("Switched off"),
    "switched_on": _l("Switched on again"),
    "former_address_told": _l("A mail tells the former address: %(address)s"),
    "password_link_made": _l("A link for setting a password was shown, good until %(until)s"),
    "password_link_sent": _l(
        "A link for setting a password was sent by mail, good until %(until)s"
    ),
    "password_link_asked": _l("Asked for a link to set a password, good until %(until)s"),
    "password_set": _l("Password set with the link"),
}


def told(change: Change) -> str:
    """What the change did; what it gives as its reason or decree follows."""
    values = {name: _spoken(name, value) for name, value in change.what.items()}
    values["week"] = label("week", str(change.what.get("to", "")))
    values["changes"] = ", ".join(
        f"{label('setting', name)} ({one['from'] or '–'} → {one['to'] or '–'})"
        for name, one in change.what.items()
        if isinstance(one, dict)
    )
    sentence = str(SENTENCES.get(change.kind, change.kind.replace("_", " ").capitalize())) % values
    why = change.what.get("reason") or change.what.get("decree")
    title = change.what.get("title") if isinstance(change.what.get("title"), str) else None
    return f"{sentence}{f': {title}' if title else ''}{f' ({why})' if why else ''}"


def _spoken(name: str, value: object) -> str:
    if name == "from" and isinstance(value, str) and value[:1].isdigit():
        return formatting.day(date.fromisoformat(value))
    if name == "until":
        return formatting.moment(datetime.fromisoformat(str(value)), application().settings.zone)
    if name == "function":
        return label("function", str(value))
    return str(value)
