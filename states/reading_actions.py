"""Reads the actions of a step, with the defaults that verbs give them."""

from __future__ import annotations

from typing import Literal

from states.definition import Action, ClassRule, DecisionClass, Means, Verb
from states.document import Tree
from states.fields import Fields
from states.names import Chart, Names, Spot
from states.times import duration

_NO_VERB = Verb()
_LETTERS: tuple[Literal["in"], Literal["out"]] = ("in", "out")


def read_verb(tree: Tree, names: Names) -> Verb:
    """One entry of `verbs`."""
    fields = Fields(tree, names.notes, None, "verb")
    means = fields.one_of("means", Means) or Means.FORWARD
    verb = Verb(means, fields.words("needs"), _classes(fields, names, names.main, None))
    fields.done()
    return verb


def read_actions(fields: Fields, names: Names, chart: Chart, path: str) -> dict[str, Action]:
    """The `actions` and `verdicts` of a step together."""
    actions: dict[str, Action] = {}
    verdicts = fields.tree("verdicts")
    for word in fields.words("verdicts"):
        line = verdicts.line if verdicts is not None else fields.line
        names.notes.name(word, line, path)
        if word in actions:
            names.notes.add(line, path, "action_twice", name=word)
        verb = names.verbs.get(word, _NO_VERB)
        actions[word] = Action(word, line, verb.means, verb.needs, verb.classes, verdict=word)
    for name, tree in fields.mapping("actions").items():
        if name in actions:
            names.notes.add(tree.line, path, "action_twice", name=name)
        actions[name] = _action(name, tree, names, chart, path)
    return actions


def read_anywhere(name: str, tree: Tree, names: Names) -> Action:
    """One entry of `anywhere`: an action of the main chart at many steps."""
    action = _action(name, tree, names, names.main, None)
    at = Spot(tree.line, None)
    names.known("step", (*action.unless, *action.only), names.main.steps, at)
    if action.unless and action.only:
        names.notes.add(tree.line, None, "unless_and_only")
    if not action.by:
        names.notes.add(tree.line, None, "by_missing", name=name)
    if action.verdict is not None or action.closes:
        names.notes.add(tree.line, None, "verdict_outside" if action.verdict else "closes_nothing")
    return action


def _action(name: str, tree: Tree, names: Names, chart: Chart, path: str | None) -> Action:
    if isinstance(tree.value, str):
        tree = Tree({"to": tree}, tree.line)
    fields = Fields(tree, names.notes, path, name)
    verb = names.verbs.get(name, _NO_VERB)
    extends, when = fields.tree("extends"), fields.tree("when")
    needs = fields.words("needs") if "needs" in fields else verb.needs
    times = fields.number("times")
    if extends is not None:  # granted once, and for a reason
        needs, times = tuple(dict.fromkeys((*needs, "reason"))), times or 1
    action = Action(
        name=name,
        line=tree.line,
        means=fields.one_of("means", Means) or verb.means,
        needs=needs,
        classes=_classes(fields, names, chart, path) if "class" in fields else verb.classes,
        by=fields.words("by"),
        when=names.guard(when, chart, path),
        to=names.ways(fields.tree("to"), chart, path or name, "to"),
        verdict=fields.name("verdict"),
        sets=fields.words("sets"),
        snapshot=fields.flag("snapshot"),
        extends=duration(extends, names.notes, path) if extends is not None else None,
        times=times,
        letter=fields.one_of("letter", _LETTERS),
        picks=fields.text("picks"),
        closes=fields.flag("closes"),
        unless=fields.words("unless") if path is None else (),
        only=fields.words("only") if path is None else (),
    )
    fields.done()
    names.actors(action.by, Spot(tree.line, path))
    _fits(action, names, path)
    return action


def _fits(action: Action, names: Names, path: str | None) -> None:
    if action.to and (action.verdict is not None or action.closes):
        names.notes.add(action.line, path, "target_twice")
    if action.times is not None and not action.stays:
        names.notes.add(action.line, path, "times_leaves")


def _classes(fields: Fields, names: Names, chart: Chart, path: str | None) -> tuple[ClassRule, ...]:
    """`class: strategic`, or a list `[{when: guard, is: strategic}, {is: routine}]`."""
    tree = fields.tree("class")
    if tree is None:
        return ()
    if not isinstance(tree.value, list):
        chosen = fields.one_of("class", DecisionClass)
        return (ClassRule(None, chosen or DecisionClass.ROUTINE),)
    rules = []
    for one in tree.value:
        rule = Fields(one, names.notes, path, "class")
        when = names.guard(rule.tree("when"), chart, path)
        chosen = rule.one_of("is", DecisionClass, required=True)
        rule.done()
        rules.append(ClassRule(when, chosen or DecisionClass.ROUTINE))
    guarded = ["when" in one.value for one in tree.value if isinstance(one.value, dict)]
    names.guards_in_order(guarded, Spot(tree.line, path))
    return tuple(rules)
