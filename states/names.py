"""What the names of one document mean: facts, hats, clocks, verbs, steps, and guards over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from states.conditions import Condition, ConditionError, Kinds, check
from states.definition import Branch, Clock, Fact, FactKind, Party, Verb
from states.document import Tree
from states.fields import Fields, Notes
from states.guards import parse

COUNTS = ("cast", "waiting", "seats")


@dataclass(frozen=True)
class Chart:
    """The steps among which a target is looked up: the main chart, or one track."""

    prefix: str
    steps: frozenset[str]
    in_track: bool

    def path(self, step: str) -> str:
        """The name of a step of this chart in the whole definition."""
        return f"{self.prefix}{step}"


@dataclass
class Names:
    """Everything declared in the document, filled while it is read from the top."""

    notes: Notes
    main: Chart
    tracks: Mapping[str, Mapping[str, Chart]]
    forks: frozenset[str] = frozenset()
    facts: dict[str, Fact] = field(default_factory=dict)
    parties: dict[str, Party] = field(default_factory=dict)
    clocks: dict[str, Clock] = field(default_factory=dict)
    verbs: dict[str, Verb] = field(default_factory=dict)

    def paths(self) -> Iterator[str]:
        """The paths of all steps."""
        yield from self.main.steps
        for tracks in self.tracks.values():
            for chart in tracks.values():
                yield from map(chart.path, chart.steps)

    def known(self, kind: str, names: Iterable[str], known: Iterable[str], at: Spot) -> None:
        """Note every name that is not among the known ones, as `unknown_KIND`."""
        for name in names:
            if name not in known:
                self.notes.add(at.line, at.step, f"unknown_{kind}", name=name)

    def actors(self, names: Iterable[str], at: Spot) -> None:
        """Note names that are not hats of persons."""
        for name in names:
            if name not in self.parties:
                self.notes.add(at.line, at.step, "unknown_party", name=name)
            elif self.parties[name].external is not None:
                self.notes.add(at.line, at.step, "no_person", name=name)

    def guard(self, tree: Tree | None, chart: Chart, step: str | None) -> Condition | None:
        """Read a guard over the facts; what does not fit is noted."""
        if tree is None:
            return None
        kinds: dict[str, str | tuple[str, ...]] = {"actor.acting": "boolean"}
        kinds |= {f"changed.{t}": "boolean" for tracks in self.tracks.values() for t in tracks}
        for fact in self.facts.values():
            choice = fact.kind is FactKind.ENUMERATION
            kinds[fact.name] = fact.values if choice else fact.kind.value
        return self._condition(tree, Kinds(kinds, lambda name: self._step(name, chart)), step)

    def count_guard(self, tree: Tree | None, words: Iterable[str], step: str) -> Condition | None:
        """Read a guard over the counts of a tally."""
        if tree is None:
            return None
        kinds = dict.fromkeys((*words, *COUNTS), "integer")
        return self._condition(tree, Kinds(kinds, lambda _: None), step)

    def _step(self, name: str, chart: Chart) -> str | None:
        path = chart.path(name) if name in chart.steps else name
        if path in self.forks:
            raise ConditionError("never_visited", name=name)
        return path if path in self.paths() else None

    def _condition(self, tree: Tree, kinds: Kinds, step: str | None) -> Condition | None:
        if isinstance(tree.value, dict | list | int) and not isinstance(tree.value, bool):
            self.notes.add(tree.line, step, "wrong_type", key="when", expected="a guard")
            return None
        text = str(tree.value).lower() if isinstance(tree.value, bool) else str(tree.value)
        try:
            condition, errors = check(parse(text), kinds)
        except ConditionError as error:
            self.notes.add(tree.line, step, error.code, **error.values)
            return None
        for misfit in errors:
            self.notes.add(tree.line, step, misfit.code, **misfit.values)
        return condition

    def ways(self, tree: Tree | None, chart: Chart, step: str, key: str) -> tuple[Branch, ...]:
        """Read targets: a step, `{verdict: word}`, or a list with guards, the last unguarded."""
        if tree is None:
            return ()
        if isinstance(tree.value, str):
            return (self._branch(None, tree.value, None, Spot(tree.line, step), chart),)
        trees = tree.value if isinstance(tree.value, list) else [tree]
        branches = []
        for one in trees:
            fields = Fields(one, self.notes, step, key)
            when = fields.tree("when")
            to, verdict = fields.text("to"), fields.name("verdict")
            fields.done()
            guard = self.guard(when, chart, step)
            branch = self._branch(guard, to, verdict, Spot(one.line, step), chart)
            branches.append(branch)
        guarded = ["when" in one.value for one in trees if isinstance(one.value, dict)]
        self.guards_in_order(guarded, Spot(tree.line, step))
        return tuple(branches)

    def guards_in_order(self, guarded: list[bool], at: Spot) -> None:
        """Note a list in which not exactly the last has no guard."""
        if not all(guarded[:-1]):
            self.notes.add(at.line, at.step, "guard_missing")
        if not guarded or guarded[-1]:
            self.notes.add(at.line, at.step, "last_guarded")

    def _branch(
        self, when: Condition | None, to: str | None, verdict: str | None, at: Spot, chart: Chart
    ) -> Branch:
        if (to is None) is (verdict is None):
            self.notes.add(at.line, at.step, "track_ways")
        if verdict is not None and not chart.in_track:
            self.notes.add(at.line, at.step, "verdict_outside")
        if to is not None:
            self.known("step", [to], chart.steps, at)
        return Branch(when, to, verdict)


@dataclass(frozen=True)
class Spot:
    """Where in the document something stands."""

    line: int
    step: str | None
