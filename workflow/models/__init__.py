"""The tables, one module a noun. Rows and constraints only; no rule is decided here."""

from workflow.models.base import Base
from workflow.models.calendar import (
    CalendarChange,
    CalendarYear,
    ClosedDay,
    Outage,
    Season,
    WorkWeek,
)
from workflow.models.case import Case, Decision, Task, Timer
from workflow.models.definition import WorkflowVersion
from workflow.models.draft import Draft, DraftRevision, Scenario
from workflow.models.journal import Event
from workflow.models.operation import WorkerProcess
from workflow.models.organisation import (
    Agency,
    AgencyFunction,
    AgencyName,
    ApiToken,
    Appointment,
    AppointmentChange,
    FormerTitle,
    Person,
    Position,
)
from workflow.models.outbox import Alarm, KeptMail, Notification, OutboxMessage, PiledUp
from workflow.models.proposal import Condition, Counter, Point, Proposal, Snapshot
from workflow.models.settings import MailText, SettingChange
from workflow.models.succession import Succession
from workflow.models.webhook import WebhookDelivery, WebhookEndpoint

__all__ = [
    "Agency",
    "AgencyFunction",
    "AgencyName",
    "Alarm",
    "ApiToken",
    "Appointment",
    "AppointmentChange",
    "Base",
    "CalendarChange",
    "CalendarYear",
    "Case",
    "ClosedDay",
    "Condition",
    "Counter",
    "Decision",
    "Draft",
    "DraftRevision",
    "Event",
    "FormerTitle",
    "KeptMail",
    "MailText",
    "Notification",
    "Outage",
    "OutboxMessage",
    "Person",
    "PiledUp",
    "Point",
    "Position",
    "Proposal",
    "Scenario",
    "Season",
    "SettingChange",
    "Snapshot",
    "Succession",
    "Task",
    "Timer",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WorkWeek",
    "WorkerProcess",
    "WorkflowVersion",
]
