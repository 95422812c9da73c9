"""The forms with which agencies, positions and accounts are changed. They judge nothing."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField

from blueprints.labels import label
from blueprints.proposal_fields import NOT_CHOSEN, LineField, options
from blueprints.typed_form import DayField, DecreedForm, TypedForm
from workflow.organisation import AgencyView, PositionView

NONE = ("", _l("None"))


def offer_agencies(box: SelectField, agencies: Iterable[AgencyView]) -> None:
    """Fill a list with agencies, or none."""
    box.choices = options([NONE, *((str(one.id), one.name) for one in agencies)])


def offer_weeks(box: SelectField, weeks: Iterable[str]) -> None:
    """Fill a list with working weeks."""
    box.choices = options([NOT_CHOSEN, *((code, label("week", code)) for code in weeks)])


def offer_positions(box: SelectField, positions: Iterable[PositionView]) -> None:
    """Fill a list with positions, or none."""
    box.choices = options([NONE, *((str(one.id), one.title) for one in positions)])


class NamedForm(DecreedForm):
    """A name from a day on."""

    name = LineField(_l("Name"))
    short_name = LineField(_l("Short name"), description=_l("For lists, at most 60 characters."))
    valid_from = DayField(_l("From"), description=_l("The first day on which it holds."))


class AgencyForm(NamedForm):
    """A new agency."""

    code = LineField(
        _l("Code"),
        description=_l("Small letters, digits, dots and dashes, such as dinkes. It never changes."),
    )
    parent_id = SelectField(_l("Part of"), validate_choice=False)
    week = SelectField(_l("Working week"), validate_choice=False)


class ParentForm(DecreedForm):
    """Which agency it is part of."""

    parent_id = SelectField(_l("Part of"), validate_choice=False)


class FunctionForm(DecreedForm):
    """A function that workflows ask for."""

    function = LineField(_l("Function"))
    valid_from = DayField(_l("From"), description=_l("The first day on which it holds."))


class WeekForm(DecreedForm):
    """The week over which deadlines are counted."""

    week = SelectField(_l("Working week"), validate_choice=False)


class PositionForm(TypedForm):
    """Whom a position answers to, and how many people hold it."""

    superior_id = SelectField(_l("Answers to"), validate_choice=False)
    places = LineField(_l("Places"), description=_l("How many people may hold it side by side."))


class NewPositionForm(PositionForm):
    """A position that an agency does not have yet."""

    title = LineField(_l("Title"), description=_l("As it is signed, such as Kepala Dinas."))
    post = LineField(
        _l("Post"),
        description=_l("By what workflows ask for it, in small letters, such as head or clerk."),
    )


class TitleForm(DecreedForm):
    """A title from a day on."""

    title = LineField(_l("Title"), description=_l("As it is signed, such as Kepala Dinas."))
    valid_from = DayField(
        _l("From"),
        description=_l("The first day on which it holds. Empty: the last title is put right."),
    )


class AccountForm(TypedForm):
    """Who somebody is."""

    name = LineField(_l("Name"))
    email = LineField(_l("E-mail"))


class NewAccountForm(AccountForm):
    """Somebody who is to sign in."""

    username = LineField(
        _l("User name"),
        description=_l("Small letters, digits and dots. It never changes."),
    )
    is_administrator = BooleanField(
        _l("Administrator"),
        description=_l("Sets the city up, decides nothing, and cannot be appointed."),
    )


class ReasonForm(TypedForm):
    """Why something is done."""

    reason = LineField(_l("Reason"))
