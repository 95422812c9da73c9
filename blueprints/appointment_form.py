"""The forms with which an appointment is entered and ended: boxes for what the letter says."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from blueprints.labels import label
from blueprints.proposal_fields import NOT_CHOSEN, LineField, options
from blueprints.typed_form import DayField, TypedForm
from workflow.appointable import Choice
from workflow.models.organisation import Capacity


class AppointmentForm(TypedForm):
    """Who is appointed to what, in what capacity, for which days, on which letter."""

    position_id = SelectField(_l("Position"), validate_choice=False)
    person_id = SelectField(_l("Person"), validate_choice=False)
    capacity = SelectField(
        _l("Capacity"),
        validate_choice=False,
        description=_l(
            "Plh. for 3 to 30 days while the holder is away; Plt. for up to 3 months, extended "
            "once, while the post is vacant."
        ),
    )
    starts_on = DayField(_l("First day"))
    ends_on = DayField(
        _l("Last day"),
        description=_l(
            "What the position opens ends by itself at the end of this day. May stay empty for a "
            "definitive holder."
        ),
    )
    letter_number = LineField(_l("Letter number"))
    letter_date = DayField(_l("Date of the letter"))

    def offer(self, positions: Iterable[Choice], people: Iterable[Choice]) -> None:
        """Fill the lists from which is chosen."""
        none = [NOT_CHOSEN]
        self.position_id.choices = options([*none, *((str(p.id), p.words) for p in positions)])
        self.person_id.choices = options([*none, *((str(p.id), p.words) for p in people)])
        self.capacity.choices = options(
            [*none, *((c.value, label("capacity", c)) for c in Capacity)]
        )


class EndForm(TypedForm):
    """On which day an appointment ends, and on which letter."""

    ends_on = DayField(_l("Last day"))
    letter_number = LineField(_l("Letter number"))
    letter_date = DayField(_l("Date of the letter"))
