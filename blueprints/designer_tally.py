"""The designer's form for what the verdicts of several lead to together."""

from __future__ import annotations

from flask_babel import gettext as _

from blueprints.designer_boxes import Box, Row, Typed, Values, slug
from blueprints.designer_conditions import boxes, compared, condition_typed, condition_values
from blueprints.designer_steps import found_step, written_step
from blueprints.designer_ways import VERDICT, targets
from blueprints.labels import label
from states.definition import Definition, StepKind
from states.document import Plain
from states.edit_reviews import verdicts_that_count
from states.edit_steps import SetStep
from states.edits import RULE_KEYS, Document, Edit, put
from states.names import COUNTS
from workflow.errors import NotFound


class TallyForm:
    """The lines of a tally, one after the other; the first that holds counts."""

    def __init__(self, definition: Definition, path: str) -> None:
        step = found_step(definition, path)
        if step.kind not in (StepKind.PARALLEL, StepKind.VOTED):
            raise NotFound(f"tally of {path}")
        self._rules: list[Document] = written_step(definition, path)["tally"]
        given = {action.verdict: action for action in step.actions.values() if action.verdict}
        words = verdicts_that_count(step) if step.kind is StepKind.PARALLEL else given
        counted = [
            (word, _("number of “%(verdict)s”", verdict=label("verdict", word))) for word in words
        ]
        names = {"cast": _("votes given"), "waiting": _("not yet spoken"), "seats": _("seats")}
        counted += [(name, names[name]) for name in COUNTS]
        self._options = [one for name, said in counted for one in compared(name, said)]
        self._targets = targets(definition, path)
        self.step, self.lead = path, label("step", path)
        self.title = _("What the verdicts lead to together")
        self.button = _("Save and check")

    def _lines(self) -> list[Document]:
        """The lines with a condition, and one to spare before the last."""
        return [*self._rules[:-1], {}]

    def rows(self) -> list[Row]:
        """The boxes; the last line holds where no other does."""
        found = []
        for number, rule in enumerate(self._lines()):
            at = f"rule.{number}"
            own = boxes(f"{at}.if", self._options, str(rule.get("when", "")))
            target = Box(f"{at}.target", _("it leads to"), "select", self._targets, "–")
            help_ = _("A word or two, such as: postponed")
            early = Box(f"{at}.early", _("Without waiting for who has not spoken"), "check")
            name = () if rule else (Box(f"{at}.outcome", _("What this is called"), help=help_),)
            legend = label("verdict", rule["outcome"]) if rule else _("Another line")
            found.append(Row((*own, target, early, *name), legend, spare=not rule))
        last = Box("last", _("Otherwise it leads to"), "select", self._targets)
        return [*found, Row((last,))]

    def values(self) -> Values:
        """What the text says now."""
        values: Values = {"last": [_target(self._rules[-1])]}
        for number, rule in enumerate(self._lines()):
            at = f"rule.{number}"
            values |= condition_values(f"{at}.if", str(rule.get("when", "")))
            values |= {f"{at}.target": [_target(rule)], f"{at}.outcome": [""]}
            values[f"{at}.early"] = ["true"] if rule.get("early") else []
        return values

    def edit(self, typed: Typed) -> Edit:
        """The lines as they have to stand; one that is emptied goes."""
        rules: list[Plain] = []
        for number, rule in enumerate(self._lines()):
            at = f"rule.{number}"
            when = condition_typed(f"{at}.if", str(rule.get("when", "")), typed)
            target = typed.one(f"{at}.target")
            if not when and not target:
                continue
            outcome = rule.get("outcome") or slug(typed.one(f"{at}.outcome"))
            for name, given in (("if.0.what", when), ("target", target), ("outcome", outcome)):
                if not given:
                    typed.wrong(f"{at}.{name}", "required")
            if target:
                typed.chosen(f"{at}.target", self._targets)
            line = _line(rule, {"outcome": outcome, "when": when}, target)
            put(line, "early", True if typed.one(f"{at}.early") else None, RULE_KEYS)
            rules.append(line)
        last = typed.chosen("last", self._targets)
        return SetStep(self.step, {"tally": [*rules, _line(self._rules[-1], {}, last)]})


def _target(rule: Document) -> str:
    return str(rule["to"]) if "to" in rule else f"{VERDICT}{rule['verdict']}" if rule else ""


def _line(rule: Document, said: Document, target: str) -> Document:
    """A line that says something else, and leads elsewhere."""
    word = target.removeprefix(VERDICT)
    way = {"to": word} if word == target else {"verdict": word}
    kept = {key: value for key, value in rule.items() if key in way or key not in ("to", "verdict")}
    return {**said, **kept, **{key: said[key] for key in said if key in kept}, **way}
