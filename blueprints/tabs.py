"""The pages of the settings, grouped by what they are about. Knows only their endpoints."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from flask_babel import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Tab:
    """One page, with the endpoints and blueprints whose pages lie under it."""

    endpoint: str
    text: object
    under: tuple[str, ...] = ()

    @property
    def is_here(self) -> bool:
        """Whether the page that is asked for lies under this tab."""
        asked = (self.endpoint, *self.under)
        return request.endpoint in asked or request.blueprint in asked


@dataclass(frozen=True, slots=True)
class Group:
    """Pages about one matter; the first one stands for the group."""

    text: object
    tabs: tuple[Tab, ...]

    @property
    def is_here(self) -> bool:
        """Whether the page that is asked for lies in this group."""
        return any(tab.is_here for tab in self.tabs)


GROUPS = (
    Group(_l("Overview"), (Tab("admin.index", _l("Overview")),)),
    Group(
        _l("Workflow"),
        (
            Tab(
                "admin.workflows",
                _l("Workflows"),
                (
                    "admin.workflow",
                    "admin.workflow_changes",
                    "drafts",
                    "designer",
                    "scenarios",
                    "moves",
                    "reruns",
                ),
            ),
            Tab("rights.index", _l("Who may what")),
        ),
    ),
    Group(
        _l("Organisation"),
        (
            Tab("agencies.index", _l("Agencies"), ("agencies", "positions", "successions")),
            Tab("admin.appointments", _l("Appointments")),
            Tab("people.index", _l("Users"), ("people",)),
            Tab("workbook.index", _l("As a file"), ("workbook",)),
        ),
    ),
    Group(
        _l("Calendar"),
        (
            Tab("calendar.index", _l("Calendar"), ("calendar",)),
            Tab("outages.index", _l("Outages"), ("outages",)),
            Tab("admin.foresee", _l("Days to come")),
        ),
    ),
    Group(
        _l("Messages"),
        (
            Tab("admin.mails", _l("Mails"), ("admin.mail",)),
            Tab("mail_texts.index", _l("Mail texts"), ("mail_texts",)),
            Tab("admin.messages", _l("Outbox")),
            Tab("webhooks.index", _l("Webhooks"), ("webhooks",)),
        ),
    ),
    Group(_l("Operation"), (Tab("admin.operation", _l("Operation")),)),
)


def groups() -> dict[str, object]:
    """The groups of pages, for the lines of tabs over each of them."""
    return {"tab_groups": GROUPS}
