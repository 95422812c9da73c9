"""Who may be tried out in a demo city: a short list for the sign-in page."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from blueprints.edge import Alur
from config import Environment

PASSWORD = "metro-demo"  # noqa: S105 - printed on the page, on purpose


@dataclass(frozen=True)
class DemoUser:
    """A user name, and what that person does in the trial."""

    username: str
    does: object


USERS = (
    DemoUser("operator.dinkes", _l("drafts proposals of the health agency")),
    DemoUser("sekretaris.dinkes", _l("verifies them inside the agency")),
    DemoUser("kepala.dinkes", _l("submits them")),
    DemoUser("petugas.bapperida", _l("checks completeness, issues the recommendation")),
    DemoUser("telaah.bapperida", _l("assesses for planning")),
    DemoUser("kepala.bapperida", _l("decides for planning")),
    DemoUser("telaah.diskominfo", _l("studies the technical side")),
    DemoUser("kepala.diskominfo", _l("decides for ICT")),
    DemoUser("sekda", _l("endorses strategic proposals")),
    DemoUser("inspektur", _l("reads everything, decides nothing")),
    DemoUser("admin", _l("sets things up, decides nothing")),
)


def users(app: Alur) -> tuple[DemoUser, ...]:
    """The list to show: empty wherever real cases are decided."""
    return USERS if app.settings.environment is Environment.DEMO else ()
