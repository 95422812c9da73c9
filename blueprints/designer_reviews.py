"""The designer's forms that bring in another agency, or let two steps be done side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from flask_babel import gettext as _

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
from blueprints.designer_steps import found_step
from blueprints.labels import label
from states.definition import Definition, Outcome, Place, StepKind
from states.edit_parallel import MakeParallel, neighbours
from states.edit_reviews import AddReview, AddTrack, Reviewer
from states.edits import Edit, Time
from workflow.errors import NotFound

USUAL = Time("3 working days")


class Who:
    """Boxes for a party that reviews: one that there is, or a post of any agency."""

    def __init__(self, definition: Definition, places: Options, prefix: str = "") -> None:
        self._definition, self._places = definition, places
        names = ("party", "place", "instead")
        self._party, self._place, self._instead = (f"{prefix}{name}" for name in names)
        self._parties = [
            (name, label("party", name))
            for name, party in definition.parties.items()
            if party.external is None
        ]

    def boxes(self) -> tuple[Box, Box, Box]:
        """The boxes: a party, a post, and who stands in for it."""
        another = _("another post, chosen in the next box")
        help_ = _("Who is asked when the proposal comes from that very agency")
        return (
            Box(self._party, _("Who"), "select", self._parties, another),
            Box(self._place, _("Position"), "select", self._places, _("choose")),
            Box(self._instead, _("Instead"), "select", self._places, _("nobody"), help_),
        )

    def rows(self) -> list[Row]:
        """The boxes in rows."""
        known, *post = self.boxes()
        return [Row((known,)), Row(tuple(post), _("Another post"))]

    def values(self) -> Values:
        """Nobody yet; instead of them whoever stands in most often."""
        stand_ins = Counter(
            key_of(place)
            for name in sorted(self._definition.deciding_parties)
            if (place := self._definition.parties[name].instead) is not None
        )
        usual = next((key for key, _n in stand_ins.most_common() if key in dict(self._places)), "")
        return {self._party: [""], self._place: [""], self._instead: [usual]}

    def is_named(self, typed: Typed) -> bool:
        """Whether anybody was chosen."""
        return bool(typed.one(self._party) or typed.one(self._place))

    def twice(self, typed: Typed) -> None:
        """Note that they were chosen before."""
        typed.wrong(self._party if typed.one(self._party) else self._place, "twice")

    def typed(self, typed: Typed) -> Reviewer:
        """Who was chosen."""
        if typed.one(self._party):
            return Reviewer(typed.chosen(self._party, self._parties))
        place = place_of(typed.chosen(self._place, self._places))
        instead = place_of(typed.chosen(self._instead, [("", ""), *self._places]))
        same = (name for name, p in self._definition.parties.items() if p.place == place)
        if (known := next(same, None)) is not None:
            return Reviewer(known)
        name = fresh(slug(f"{place.agency}_{place.post}"), self._definition.parties)
        return Reviewer(name, place, instead if instead.agency else None)


def ends_of(definition: Definition) -> Values:
    """Where a review usually returns, to the beginning, and where it rejects."""
    ends = (step.name for step in definition.steps.values() if step.final is Outcome.REJECTED)
    return {"returns_to": [definition.initial], "rejects_to": [next(ends, "")]}


def key_of(place: Place) -> str:
    """A post as a choice in a list."""
    return f"{place.agency}|{place.post}"


def place_of(key: str) -> Place:
    """The post that was chosen."""
    agency, _bar, post = key.partition("|")
    return Place(agency, post)


def _named(typed: Typed, reviewer: Reviewer, taken: Iterable[str]) -> str:
    """A name for a step: what was typed, or else after who acts there."""
    name = slug(typed.one("name"))
    if typed.one("name") and not name:
        typed.wrong("name", "not_understood")
    return name or fresh(f"{reviewer.party}_review", taken)


class _Names:
    """Boxes that both forms for another agency share."""

    step: str

    def __init__(self, definition: Definition, places: Options, path: str) -> None:
        self._definition, self.step = definition, path
        self._who = Who(definition, places)
        self.button = _("Add and check")

    def _own(self) -> list[Row]:
        help_ = _("A few words; empty: after who reviews")
        name = Box("name", _("Name"), help=help_)
        return [
            *self._who.rows(),
            Row(time_boxes("within", _("Deadline"), USUAL)),
            Row((name,)),
        ]

    def _values(self) -> Values:
        return {**self._who.values(), **time_values("within", USUAL), "name": [""]}


class ReviewForm(_Names):
    """Another agency reviews before a step."""

    def __init__(self, definition: Definition, places: Options, before: str) -> None:
        super().__init__(definition, places, before)
        self.title = _("Add a review")
        self.lead = _("What went on to the step goes to the review first, and on from there.")
        self._before = [
            (name, label("step", name)) for name in definition.steps if name != definition.initial
        ]

    def rows(self) -> list[Row]:
        """The boxes."""
        before = Box("before", _("Before which step"), "select", self._before)
        steps = [(name, label("step", name)) for name in self._definition.steps]
        returns = Box("returns_to", _("Sent back, it goes to"), "select", steps, _("cannot be"))
        rejects = Box("rejects_to", _("Rejected, it goes to"), "select", steps, _("cannot be"))
        who, *others = self._own()
        return [Row((before,)), who, *others, Row((returns, rejects))]

    def values(self) -> Values:
        """Before the step from which one comes, returning to the beginning."""
        before = self.step if self.step in dict(self._before) else self._before[0][0]
        return {"before": [before], **ends_of(self._definition), **self._values()}

    def edit(self, typed: Typed) -> Edit:
        """The review that was asked for."""
        steps = self._definition.steps
        reviewer = self._who.typed(typed)
        anywhere = [("", ""), *((name, "") for name in steps)]
        return AddReview(
            name=_named(typed, reviewer, steps),
            before=typed.chosen("before", self._before),
            reviewer=reviewer,
            within=time_typed("within", typed),
            returns_to=typed.chosen("returns_to", anywhere),
            rejects_to=typed.chosen("rejects_to", anywhere),
        )


class TrackForm(_Names):
    """Another agency side by side with those of a parallel step."""

    def __init__(self, definition: Definition, places: Options, path: str) -> None:
        super().__init__(definition, places, path)
        if found_step(definition, path).kind is not StepKind.PARALLEL:
            raise NotFound(f"tracks of {path}")
        self.title = _("Add an agency side by side")
        self.lead = _(
            "It can say what the others can say. Where all had to say the same, it is enough from "
            "now on that as many say it as before."
        )

    def rows(self) -> list[Row]:
        """The boxes."""
        return self._own()

    def values(self) -> Values:
        """Nobody yet."""
        return self._values()

    def edit(self, typed: Typed) -> Edit:
        """The track that was asked for."""
        reviewer, tracks = self._who.typed(typed), self._definition.steps[self.step].tracks
        name = _named(typed, reviewer, tracks)
        return AddTrack(self.step, name, reviewer, time_typed("within", typed))


class ParallelForm:
    """Two steps in a row side by side."""

    def __init__(self, definition: Definition, path: str) -> None:
        self._definition, self.step = definition, path
        found_step(definition, path)
        self._others = [(name, label("step", name)) for name in neighbours(definition, path)]
        if not self._others:
            raise NotFound(f"neighbours of {path}")
        self.title = _("Do it side by side")
        self.lead = _(
            "Both begin at the same time, and the case goes on when both have spoken. What stops "
            "or returns it at one of them stops or returns the whole."
        )
        self.button = _("Put side by side and check")

    def rows(self) -> list[Row]:
        """The boxes."""
        found = [Row((Box("other", _("With which step"), "select", self._others),))]
        if not self._joins():
            help_ = _("A few words for both together; empty: after both")
            found.append(Row((Box("name", _("Name"), help=help_),)))
        return found

    def _joins(self) -> bool:
        """Whether one of the two is parallel already, whichever is chosen."""
        names = [self.step, *(name for name, _words in self._others)]
        kinds = [self._definition.steps[name].kind for name in names]
        return kinds[0] is StepKind.PARALLEL or all(k is StepKind.PARALLEL for k in kinds[1:])

    def values(self) -> Values:
        """The first that is possible."""
        return {"other": [self._others[0][0]], "name": [""]}

    def edit(self, typed: Typed) -> Edit:
        """The two steps as tracks."""
        other = typed.chosen("other", self._others)
        name = slug(typed.one("name")) or slug(f"{self.step}_{other}")
        return MakeParallel(self.step, other, fresh(name, self._definition.steps))
