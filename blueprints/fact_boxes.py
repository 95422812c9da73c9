"""The boxes for facts that a decision sets: one for each fact, of the fact's own type."""

from __future__ import annotations

import re
from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.utils import unset_value

from blueprints.labels import label
from blueprints.proposal_fields import LineField, YesNoField, options
from states.definition import Fact, FactKind
from workflow import labels


def box(fact: Fact, value: object, typed: Any) -> Any:
    """A box for the fact an action sets, of the fact's type, filled with its present value."""
    name, words = f"set-{fact.name}", label("fact", fact.name)
    help_text = label("fact_help", fact.name) if labels.knows("fact_help", fact.name) else ""
    if fact.kind is FactKind.BOOLEAN:
        unbound: Any = YesNoField(words, description=help_text)
    elif fact.kind is FactKind.ENUMERATION:
        choices = options((choice, label("fact", choice)) for choice in fact.values)
        unbound = SelectField(words, choices=choices, validate_choice=False, description=help_text)
    else:
        unbound = LineField(words, description=help_text)
    bound = unbound.bind(form=None, name=name, prefix="", _meta=FlaskForm.Meta())
    bound.process(typed, unset_value if typed is not None else value)
    return bound


def value(box: Any) -> object:
    """What was chosen or typed, typed like the fact; text that is no number stays text."""
    if isinstance(box, YesNoField):
        return box.value
    if isinstance(box, LineField) and re.fullmatch(r"\d{1,18}", box.data or ""):
        return int(box.data)
    return box.data
