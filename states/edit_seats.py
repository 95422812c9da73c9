"""The edit that lets several sit at a step where one was asked, or one where several sat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from states.definition import Action, Definition, Step, StepKind
from states.document import Plain
from states.edit_parallel import one_target
from states.edit_reviews import AGAINST, ONWARD
from states.edit_steps import written_action
from states.edits import (
    SEAT_KEYS,
    STEP_KEYS,
    Document,
    Misfit,
    chart_of,
    put,
    say,
    step_of,
)


@dataclass(frozen=True)
class SetSeats:
    """Say who sits at a step: each key of `seats` has its value; None for one party alone.

    Where one was asked, what that one could do are votes from then on, and one who rejects, stops
    or returns is enough. Back, each act leads where it led if all agreed on it. `picker`
    (`step.action`) chooses who sits there, where they are picked.
    """

    path: str
    seats: Mapping[str, Plain | None] | None
    party: str = ""
    picker: str = ""

    def apply(self, document: Document, definition: Definition) -> None:
        """Change what differs. Raises Misfit where there is nothing to vote on."""
        step = next(one for one in definition.every_step() if one.path == self.path)
        written = step_of(document, self.path)
        if self.seats is None:
            if step.kind is StepKind.VOTED:
                _alone(document, step)
            put(written, "party", self.party, STEP_KEYS)
        else:
            if step.kind is StepKind.PLAIN:
                _vote(document, step)
            for key, value in self.seats.items():
                say(written["seats"], key, value, {"count": 1}.get(key), SEAT_KEYS)
        self._pick(document)

    def _pick(self, document: Document) -> None:
        name = self.path.rpartition(".")[2]
        picked = self.seats is not None and self.seats.get("count") == "picked"
        now = set(pickers(document, self.path))
        if picked and self.picker in now:
            return
        for at in now:
            del _owner(document, at)[at.rpartition(".")[2]]["picks"]
        if picked:
            actions, action = _owner(document, self.picker), self.picker.rpartition(".")[2]
            was = actions[action]
            actions[action] = {**({"to": was} if isinstance(was, str) else was), "picks": name}


def pickers(document: Document, path: str) -> Iterator[str]:
    """The actions (`step.action`) that choose who sits at a step; of any time `.action`."""
    prefix, _dot, name = path.rpartition(".")
    charts = {one: step.get("actions", {}) for one, step in chart_of(document, path).items()}
    where = {f"{prefix}.{one}".lstrip("."): actions for one, actions in charts.items()}
    if not prefix:
        where[""] = document.get("anywhere", {})
    for at, actions in where.items():
        for action, said in actions.items():
            if isinstance(said, dict) and said.get("picks") == name:
                yield f"{at}.{action}"


def _owner(document: Document, at: str) -> Document:
    """The actions among which one stands that is named with its step."""
    path = at.rpartition(".")[0]
    actions: Document = step_of(document, path)["actions"] if path else document["anywhere"]
    return actions


def _vote(document: Document, step: Step) -> None:
    """What the party could do become votes, and the tally leads where they led."""
    written = step_of(document, step.path)
    votes = [one for one in step.actions.values() if _is_own(step, one)]
    against = [(one, means) for means in AGAINST for one in votes if one.means is means]
    onward = [one for one in votes if one.means in ONWARD]
    rules: list[Document] = [
        {"outcome": AGAINST[means], "when": f"{one.name} >= 1", **_way(document, step, one)}
        for one, means in against
    ]
    for one in onward[1:]:
        way = _way(document, step, one)
        rules.append({"outcome": one.name, "when": f"{one.name} >= 1", **way})
    if onward:
        rules.append({"outcome": "approved", **_way(document, step, onward[0])})
    elif rules:
        del rules[-1]["when"]
    else:
        raise Misfit("kind", "nothing_to_vote")
    put(written, "tally", rules, STEP_KEYS)
    put(written, "seats", {}, STEP_KEYS)
    del written["party"]
    for one in votes:
        said = written_action(document, step.path, one.name)
        vote = {k: v for k, v in said.items() if k not in ("to", "verdict", "by")}
        if one.name not in written.get("verdicts", ()):
            written["actions"][one.name] = {"verdict": one.name, **vote}


def _is_own(step: Step, action: Action) -> bool:
    """Whether it leads on, and is the party's own; others keep their right without a vote."""
    return not action.stays and (not action.by or step.party in action.by)


def _way(document: Document, step: Step, action: Action) -> Document:
    """Where an action leads; several ways, by conditions, become a fork of their own."""
    said = written_action(document, step.path, action.name)
    if "verdict" in said:
        return {"verdict": said["verdict"]}
    if isinstance(said["to"], dict):
        return dict(said["to"])
    name = f"after_{step.name}_{action.name}"
    return {"to": one_target(chart_of(document, step.path), said, name, step.name)}


def _alone(document: Document, step: Step) -> None:
    """Each vote leads where it led if all gave it; what counted at once, as if nobody spoke."""
    written = step_of(document, step.path)
    for action in step.actions.values():
        if action.verdict is None and not action.closes:
            continue
        said = written_action(document, step.path, action.name)
        kept = {k: v for k, v in said.items() if k not in ("verdict", "closes")}
        led = {**_led(step, action), **kept}
        listed = written.get("verdicts", [])
        if action.name in listed and led == {"verdict": action.name}:
            continue
        put(written, "verdicts", [one for one in listed if one != action.name] or None, STEP_KEYS)
        if "actions" not in written:
            put(written, "actions", {}, STEP_KEYS)
        written["actions"][action.name] = led["to"] if list(led) == ["to"] else led
    for key in ("seats", "tally"):
        del written[key]


def _led(step: Step, action: Action) -> Document:
    """Where the tally leads if all say this."""
    assert step.seats is not None, "where several sit there are seats"
    fixed = step.seats.count if isinstance(step.seats.count, int) else step.seats.most
    seats = len(step.seats.each) or fixed
    words = [one.verdict for one in step.actions.values() if one.verdict is not None]
    counts = dict.fromkeys(words, 0) | {"cast": 0, "waiting": seats, "seats": seats}
    if action.verdict is not None:
        counts |= {action.verdict: seats, "cast": seats, "waiting": 0}
    rule = next(one for one in step.tally if one.when is None or one.when.holds(counts, {}))
    return {"to": rule.to} if rule.to is not None else {"verdict": rule.verdict}
