"""The designer's forms that put something before a step: a step, a fork, or several agencies."""

from __future__ import annotations

from flask_babel import gettext as _

from blueprints.designer_actions import usual_actions
from blueprints.designer_boxes import (
    Box,
    Options,
    Row,
    Typed,
    Values,
    fresh,
    slug,
    time_boxes,
    time_typed,
    time_values,
)
from blueprints.designer_conditions import boxes, condition_typed, condition_values, options
from blueprints.designer_reviews import USUAL, Who, ends_of
from blueprints.designer_steps import found_step, is_first, written_document
from blueprints.designer_ways import Rule, targets, way_of
from blueprints.labels import label
from states.definition import Definition
from states.edit_forks import AddFork, AddSideBySide, AddStep
from states.edit_reviews import Reviewer
from states.edits import chart_of
from workflow.errors import NotFound

MOST_AT_ONCE = 4
"""How many agencies can be asked for in one form; others join afterwards."""


class ForkForm:
    """A fork before a step."""

    def __init__(self, definition: Definition, path: str) -> None:
        found_step(definition, path)
        if is_first(definition, path):
            raise NotFound(f"before {path}")
        self.step, self._asked = path, options(definition)
        self._taken = chart_of(written_document(definition), path)
        self._prefix, self._dot, own = path.rpartition(".")
        self._targets = [one for one in targets(definition, path) if one[0] != own]
        self.title, self.button = _("Put a fork before it"), _("Add and check")
        self.lead = _(
            "Whatever led to the step comes to the fork first. Under the condition it goes "
            "elsewhere, otherwise on to the step. More conditions can be added afterwards."
        )

    def rows(self) -> list[Row]:
        """The boxes."""
        name = Box("name", _("Name"), help=_("A few words; empty: after the step"))
        elsewhere = Box("target", _("it leads to"), "select", self._targets, _("choose"))
        condition = (*boxes("if", self._asked, ""), elsewhere)
        return [Row((name,)), Row(condition, _("Elsewhere under a condition"))]

    def values(self) -> Values:
        """Nothing yet."""
        return {"name": [""], **condition_values("if", ""), "target": [""]}

    def edit(self, typed: Typed) -> AddFork:
        """The fork that was asked for."""
        when = condition_typed("if", "", typed)
        if not when:
            typed.wrong("if.0.what", "required")
        target = typed.chosen("target", self._targets)
        own = self.step.removeprefix(f"{self._prefix}{self._dot}")
        name = fresh(slug(typed.one("name")) or f"before_{own}", self._taken)
        way = way_of(Rule(target, when))
        return AddFork(f"{self._prefix}{self._dot}{name}", self.step, way)


class StepBeforeForm:
    """One more step before a step, in the main chart or in a track."""

    def __init__(self, definition: Definition, places: Options, path: str) -> None:
        found_step(definition, path)
        if path == definition.initial:
            raise NotFound(f"before {path}")
        self.step, self._who = path, Who(definition, places)
        self._taken = chart_of(written_document(definition), path)
        self._actions = usual_actions()
        self.title, self.button = _("Put a step before it"), _("Add and check")
        self.lead = _(
            "What went on to the step comes here first, and on from here with one action. Other "
            "actions are added afterwards, in the form of the new step."
        )

    def rows(self) -> list[Row]:
        """The boxes."""
        name = Box("name", _("Name"), help=_("A few words; empty: after who acts there"))
        action = Box("action", _("With what it goes on"), "select", self._actions)
        deadline = Row(time_boxes("within", _("Deadline"), USUAL))
        return [Row((name,)), *self._who.rows(), deadline, Row((action,))]

    def values(self) -> Values:
        """Nobody yet."""
        own: Values = {"name": [""], "action": ["forward"]}
        return own | self._who.values() | time_values("within", USUAL)

    def edit(self, typed: Typed) -> AddStep:
        """The step that was asked for."""
        who, (prefix, dot, _own) = self._who.typed(typed), self.step.rpartition(".")
        name = fresh(slug(typed.one("name")) or f"{who.party}_step", self._taken)
        within, action = time_typed("within", typed), typed.chosen("action", self._actions)
        return AddStep(f"{prefix}{dot}{name}", self.step, who, within, action)


class SideBySideForm:
    """Several agencies at the same time, before a step."""

    def __init__(self, definition: Definition, places: Options, before: str) -> None:
        if before == definition.initial or before not in definition.steps:
            raise NotFound(f"before {before}")
        self._definition, self.step = definition, before
        self._reviewers = [
            Who(definition, places, f"agency.{number}.") for number in range(MOST_AT_ONCE)
        ]
        self.title = _("Let several agencies review side by side before it")
        self.button = _("Add and check")
        self.lead = _(
            "All begin at the same time. One that rejects or returns is enough; when all have "
            "approved, the case goes on to the step. Both can be changed afterwards."
        )

    def rows(self) -> list[Row]:
        """The boxes, agency by agency."""
        found = []
        for number, one in enumerate(self._reviewers):
            legend = _("Agency %(number)s", number=number + 1)
            found.append(Row(one.boxes(), legend, spare=number > 1))
        help_ = _("A few words; empty: after the step")
        steps = [(name, label("step", name)) for name in self._definition.steps]
        returns = Box("returns_to", _("Sent back, it goes to"), "select", steps, _("cannot be"))
        rejects = Box("rejects_to", _("Rejected, it goes to"), "select", steps, _("cannot be"))
        return [
            *found,
            Row(time_boxes("within", _("Deadline"), USUAL)),
            Row((Box("name", _("Name"), help=help_),)),
            Row((returns, rejects)),
        ]

    def values(self) -> Values:
        """Nobody yet, returning to the beginning."""
        values: Values = {"name": [""], **ends_of(self._definition), **time_values("within", USUAL)}
        for one in self._reviewers:
            values |= one.values()
        return values

    def edit(self, typed: Typed) -> AddSideBySide:
        """The step that was asked for."""
        steps = self._definition.steps
        anywhere = [("", ""), *((name, "") for name in steps)]
        name = slug(typed.one("name")) or f"before_{self.step}"
        return AddSideBySide(
            name=fresh(name, steps),
            before=self.step,
            reviewers=self._asked_for(typed),
            within=time_typed("within", typed),
            returns_to=typed.chosen("returns_to", anywhere),
            rejects_to=typed.chosen("rejects_to", anywhere),
        )

    def _asked_for(self, typed: Typed) -> dict[str, Reviewer]:
        """Those who review, by the names of their tracks: at least two, nobody twice."""
        found: dict[str, Reviewer] = {}
        for number, one in enumerate(self._reviewers):
            if number > 1 and not one.is_named(typed):
                continue
            reviewer = one.typed(typed)
            if reviewer.party in [other.party for other in found.values()]:
                one.twice(typed)
            else:
                found[fresh(self._track(reviewer), found)] = reviewer
        return found

    def _track(self, reviewer: Reviewer) -> str:
        """A track is named after the agency, which has a word."""
        known = self._definition.parties.get(reviewer.party)
        place = reviewer.place or (known.place if known else None)
        return slug(place.agency) if place else reviewer.party
