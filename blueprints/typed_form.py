"""What the forms share whose values a service reads: what was typed, and problems beside boxes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field

from blueprints.proposal_fields import LineField
from blueprints.words import problem as problem_in_words
from workflow.errors import Invalid, Problem


class DayField(LineField):
    """A day, in the box that browsers have for it."""


class TypedForm(FlaskForm):
    """Boxes whose values are judged elsewhere; each problem comes back to its box."""

    def typed(self) -> dict[str, str]:
        """What was written in the boxes, by name."""
        return {box.name: "yes" if box.data is True else box.data or "" for box in self.boxes()}

    def take(self, service: Callable[[Mapping[str, str]], object]) -> bool:
        """Whether the service took what was typed; its problems stand beside the boxes if not."""
        try:
            service(self.typed())
        except Invalid as error:
            self.place(error.problems)
            return False
        return True

    def place(self, problems: Iterable[Problem]) -> None:
        """Put each problem beside its box."""
        for found in problems:
            box = self[found.field]
            box.errors = [*box.errors, problem_in_words(found)]

    def all_errors(self, names: Iterable[str] = ()) -> list[tuple[str, str]]:
        """Every complaint with the name of its box, in the order of `names` if a page has one."""
        boxes = [self[name] for name in names] or self.boxes()
        return [(box.name, f"{box.label.text}: {words}") for box in boxes for words in box.errors]

    def boxes(self) -> list[Field]:
        """The boxes, without the token."""
        return [box for box in self if box.short_name != "csrf_token"]


class DecreedForm(TypedForm):
    """A change that a decree or a letter says."""

    decree = LineField(
        _l("Decree"), description=_l("Number and date of the decree or letter that says so.")
    )
