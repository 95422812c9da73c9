"""Why the machine refuses an act: one class a reason, with a code and what to tell the user."""

from __future__ import annotations


class Refusal(Exception):
    """An act that the definition does not allow here and now; nothing has changed."""

    code = "refused"

    def __init__(self, **values: object) -> None:
        self.values = values
        super().__init__(f"{self.code}: {', '.join(f'{k}={v}' for k, v in values.items())}")


class UnknownAction(Refusal):
    """No step of the definition has an action of this name."""

    code = "unknown_action"

    def __init__(self, action: str) -> None:
        self.action = action
        super().__init__(action=action)


class AmbiguousAction(Refusal):
    """The name fits more than one place; `choices` names each as `track` ("" is the main chart)."""

    code = "ambiguous_action"

    def __init__(self, action: str, choices: tuple[str, ...]) -> None:
        self.action = action
        self.choices = choices
        super().__init__(action=action, choices=choices)


class NotHere(Refusal):
    """The action, seat or deadline exists but is not open now; `present` says where the case is."""

    code = "not_here"

    def __init__(self, action: str, present: tuple[str, ...]) -> None:
        self.action = action
        self.present = present
        super().__init__(action=action, present=present)


class GuardUnmet(Refusal):
    """Conditions of the action do not hold; `unmet` has them as the definition writes them."""

    code = "guard_unmet"

    def __init__(self, action: str, unmet: tuple[str, ...]) -> None:
        self.action = action
        self.unmet = unmet
        super().__init__(action=action, unmet=unmet)


class UnknownFact(Refusal):
    """A guard asks a fact that the subject does not say (or says in another type)."""

    code = "unknown_fact"

    def __init__(self, fact: str) -> None:
        self.fact = fact
        super().__init__(fact=fact)


class NeedsMissing(Refusal):
    """What must be filled in, attached or answered before this action is not there."""

    code = "needs_missing"

    def __init__(self, action: str, needs: tuple[str, ...]) -> None:
        self.action = action
        self.needs = needs
        super().__init__(action=action, needs=needs)


class WrongPick(Refusal):
    """The action chooses between one and `most` people, and another number was given."""

    code = "wrong_pick"

    def __init__(self, action: str, most: int) -> None:
        self.action = action
        self.most = most
        super().__init__(action=action, most=most)


class Endless(Refusal):
    """The definition leads round in a circle in which nobody ever stands."""

    code = "endless"

    def __init__(self, step: str) -> None:
        self.step = step
        super().__init__(step=step)
