"""The proposal's form: a document into boxes and back. Knows what can be typed, not what is right.

What the document lacks is said by `workflow.proposals`; its problems are put beside the boxes here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectChoice,
    SelectField,
)

from blueprints.proposal_fields import (
    NOT_CHOSEN,
    CountField,
    FigureField,
    LineField,
    OneOf,
    ParagraphsField,
    RupiahField,
    SomeOf,
    TargetsField,
    YearField,
    YesNoField,
    options,
)
from blueprints.proposal_words import FIELDS, PARTS, offered, offered_under, place_of
from blueprints.words import problem as problem_in_words
from workflow.errors import Problem

MOST_YEARS = 10
LISTS = ("budget", "outputs", "outcomes", "supporting_agencies")
NOT_IN_DOCUMENT = ("revision", "csrf_token")


def _grouped(field: str, parent: str) -> list[SelectChoice]:
    """The choices of a field under the words of what they belong to."""
    words, groups = dict(offered(field)), dict(offered(parent))
    found = options([NOT_CHOSEN])
    for code, under in offered_under(field).items():
        found += options([(code, words[code])], groups.get(under, under))
    return found


class BudgetRow(Form):
    """An amount of one year from one source."""

    year = YearField(PARTS["year"])
    source = OneOf(PARTS["source"], "source")
    amount = RupiahField(PARTS["amount"])


class IndicatorRow(Form):
    """What is measured, from where, and how far each year."""

    name = LineField(PARTS["name"])
    unit = LineField(PARTS["unit"])
    direction = OneOf(PARTS["direction"], "direction")
    baseline = FigureField(PARTS["baseline"])
    baseline_year = YearField(PARTS["baseline_year"])
    targets = TargetsField(PARTS["targets"])


class SupporterRow(Form):
    """An agency that contributes, and how."""

    code = SelectField(PARTS["code"], choices=options([NOT_CHOSEN]), validate_choice=False)
    role = LineField(PARTS["role"])


class IctForm(Form):
    """What a proposal with information technology says besides."""

    kinds = SomeOf(PARTS["kinds"], "ict_kinds")
    new_application = YesNoField(PARTS["new_application"])
    application_name = LineField(PARTS["application_name"])
    existing_check = ParagraphsField(
        PARTS["existing_check"],
        description=_l("Which ones the city has already, and why none of them will do."),
    )
    hosting = OneOf(PARTS["hosting"], "hosting")
    personal_data = OneOf(PARTS["personal_data"], "personal_data")
    personal_data_subjects = CountField(PARTS["personal_data_subjects"])


class ProposalForm(FlaskForm):
    """All sections. Every box may stay empty: a draft can always be saved."""

    revision = HiddenField()
    title = LineField(
        FIELDS["title"], description=_l("What is done, and for whom. 10 to 200 characters.")
    )
    short_name = LineField(FIELDS["short_name"], description=_l("The name it is known by, if any."))
    dimension = OneOf(
        FIELDS["dimension"],
        "dimension",
        description=_l("One of the six dimensions of the smart city."),
    )
    sub_dimension = SelectField(
        FIELDS["sub_dimension"],
        choices=lambda: _grouped("sub_dimension", "dimension"),
        validate_choice=False,
        description=_l("It belongs to the main dimension."),
    )
    kind = OneOf(FIELDS["kind"], "kind")
    action_groups = SomeOf(FIELDS["action_groups"], "action_groups")
    origin = OneOf(FIELDS["origin"], "origin")
    quick_win = YesNoField(FIELDS["quick_win"])
    mayoral_priority = YesNoField(FIELDS["mayoral_priority"])
    plan_item = LineField(
        FIELDS["plan_item"],
        description=_l("Number and name. Leave it empty if the programme is not in the plan."),
    )
    off_plan_reason = ParagraphsField(
        FIELDS["off_plan_reason"],
        description=_l("Only if it is not in the plan. 100 to 1,500 characters."),
    )
    changes_plan = YesNoField(FIELDS["changes_plan"])

    problem = ParagraphsField(
        FIELDS["problem"],
        description=_l("With data, their year and their source. 100 to 2,000 characters."),
    )
    objective = ParagraphsField(
        FIELDS["objective"], description=_l("What will be different. 50 to 1,000 characters.")
    )

    beneficiaries = LineField(
        FIELDS["beneficiaries"], description=_l("For example: 1.200 pregnant women.")
    )

    scope = ParagraphsField(
        FIELDS["scope"], description=_l("What is done, step by step. 100 to 5,000 characters.")
    )
    locations = SomeOf(FIELDS["locations"], "locations")
    year_start = YearField(FIELDS["year_start"])
    year_end = YearField(FIELDS["year_end"])

    budget = FieldList(FormField(BudgetRow), FIELDS["budget"])
    outputs = FieldList(FormField(IndicatorRow), FIELDS["outputs"])
    outcomes = FieldList(FormField(IndicatorRow), FIELDS["outcomes"])

    ict_involved = YesNoField(FIELDS["ict_involved"])
    ict = FormField(IctForm, FIELDS["ict"])

    supporting_agencies = FieldList(FormField(SupporterRow), FIELDS["supporting_agencies"])
    sustainability = ParagraphsField(
        FIELDS["sustainability"], description=_l("Who runs it afterwards, and from what money.")
    )
    remarks = ParagraphsField(
        FIELDS["remarks"], description=_l("What has no place of its own above.")
    )

    @classmethod
    def of_document(cls, document: Mapping[str, Any], revision: int) -> ProposalForm:
        """The form that shows a stored document."""
        return cls(formdata=None, data={**document, "revision": str(revision)})

    def prepare(self, agencies: Iterable[tuple[str, str]]) -> ProposalForm:
        """Fill in the agencies, draw a box for each year, and leave no list without a row."""
        choices = options([NOT_CHOSEN, *agencies])
        for name in LISTS:
            if not self[name].entries:
                self[name].append_entry()
        for row in self.supporting_agencies.entries:
            row.form.code.choices = choices
        for row in (*self.outputs.entries, *self.outcomes.entries):
            row.form.targets.years = self.years
        return self

    @property
    def years(self) -> tuple[int, ...]:
        """The budget years, as far as both are said and make sense."""
        first, last = self.year_start.data, self.year_end.data
        if first is None or last is None or not first <= last < first + MOST_YEARS:
            return ()
        return tuple(range(first, last + 1))

    @property
    def total(self) -> int:
        """The sum of the amounts that can be read."""
        return sum(row.form.amount.data or 0 for row in self.budget.entries)

    def document(self) -> dict[str, Any]:
        """What was typed, as a document; rows in which nothing was typed are left out."""
        plain = {
            name: _stored(field)
            for name, field in self._fields.items()
            if name not in (*LISTS, *NOT_IN_DOCUMENT)
        }
        lists = {name: [_stored(entry) for entry in self._kept(name)] for name in LISTS}
        return {**plain, **lists}

    def add_row(self, name: str) -> None:
        """One more empty row in a list."""
        if name in LISTS:
            self[name].append_entry()

    def remove_row(self, prefix: str) -> None:
        """Take the row `budget-2` out."""
        name = prefix.rpartition("-")[0]
        if name in LISTS:
            entries = self[name].entries
            entries[:] = [entry for entry in entries if entry.name != prefix]

    def place(self, problems: Iterable[Problem]) -> None:
        """Put each problem beside its box; those without a box go to the form as a whole."""
        for found in problems:
            field = self._find(found.field)
            words = problem_in_words(found)
            if field is None:
                self.form_errors.append(words)
            else:
                field.errors = [*_plain(field.errors), words]

    def name_of(self, path: str) -> str:
        """The name of the box that a document's path (`budget.1.amount`) is typed in."""
        field = self._find(path)
        return path if field is None else str(field.name)

    def list_errors(self, name: str) -> list[object]:
        """The complaints about a list as a whole."""
        return _plain(self[name].errors)

    def all_errors(self) -> list[tuple[str, str]]:
        """Every complaint with the name of its box, in the order of the form."""
        found = [("", str(words)) for words in self.form_errors]
        for box in self._boxes():
            said = _plain(box.errors)
            found += [(box.name, f"{self._place_in_words(box)}: {words}") for words in said]
        return found

    def _place_in_words(self, box: Any) -> str:
        """What the box is called; a box of a row also names its list and which row."""
        if box.name.partition("-")[0] in LISTS:
            return place_of(box.name.replace("-", "."))
        return str(box.label.text)

    def _boxes(self) -> Iterator[Any]:
        for name, field in self._fields.items():
            rows = field.entries if name in LISTS else [field] if name == "ict" else ()
            for row in rows:
                yield from row.form
            if name != "ict":
                yield field

    def _kept(self, name: str) -> list[FormField]:
        return [entry for entry in self[name].entries if any(map(_is_typed, entry.form))]

    def _find(self, path: str) -> Any:
        name, _dot, rest = path.partition(".")
        field = self._fields.get(name)
        if field is None or not rest:
            return field
        row: Any = field
        if name in LISTS:
            number, _dot, rest = rest.partition(".")
            kept = self._kept(name)
            if not number.isdecimal() or int(number) >= len(kept):
                return field
            row = kept[int(number)]
        parts = row.form._fields
        return parts.get(rest.partition(".")[0]) or next(iter(parts.values()))


def _stored(field: Any) -> Any:
    if isinstance(field, FormField):
        return {part.short_name: _stored(part) for part in field.form}
    return field.value if isinstance(field, YesNoField) else field.data


def _is_typed(field: Any) -> bool:
    typed = getattr(field, "typed", field.data)
    return any(typed.values()) if isinstance(typed, dict) else bool(typed)


def _plain(errors: Any) -> list[object]:
    """The complaints about a field itself, without those of its parts."""
    if isinstance(errors, dict):
        return []
    return [words for words in errors if words and not isinstance(words, dict)]
