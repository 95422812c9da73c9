"""Every form of the designer, by the name in its address and what its address is about."""

from __future__ import annotations

from collections.abc import Callable

from flask import request

from blueprints.designer_actions import ActionForm, RemoveActionForm, VerbForm
from blueprints.designer_boxes import Form, Options
from blueprints.designer_ends import BeginForm, EndForm
from blueprints.designer_entries import ClockForm, FactForm, RemoveEntryForm
from blueprints.designer_forks import ForkForm, SideBySideForm, StepBeforeForm
from blueprints.designer_needs import NeedingForm
from blueprints.designer_parties import ApartForm, PartyForm
from blueprints.designer_reviews import ParallelForm, ReviewForm, TrackForm
from blueprints.designer_seats import SeatsForm
from blueprints.designer_steps import StepForm
from blueprints.designer_tally import TallyForm
from blueprints.designer_tracks import AgainForm, TracksForm
from blueprints.designer_whole import DueForm, NameForm, RemoveStepForm, RenameForm
from blueprints.designer_words import NewlyWordedForm, WordedForm, WordsForm
from blueprints.edge import database_session, now
from blueprints.labels import label, speak_of
from states.definition import Definition
from states.examining import examine
from workflow import organisation
from workflow.errors import NotFound

FORMS: dict[str, Callable[[Definition], Form]] = {
    "step": lambda definition: StepForm(definition, asked("step")),
    "action": lambda definition: ActionForm(definition, asked("step"), asked("action")),
    "review": lambda definition: ReviewForm(definition, _places(), asked("step")),
    "track": lambda definition: TrackForm(definition, _places(), asked("step")),
    "rename": lambda definition: RenameForm(definition, asked("step")),
    "remove-step": lambda definition: RemoveStepForm(definition, asked("step")),
    "remove-action": lambda definition: RemoveActionForm(
        definition, asked("step"), asked("action")
    ),
    "fact": lambda definition: FactForm(definition, asked("fact")),
    "verb": lambda definition: VerbForm(definition, asked("verb")),
    "clock": lambda definition: ClockForm(definition, asked("clock")),
    "party": lambda definition: PartyForm(definition, _places(), asked("party")),
    "apart": ApartForm,
    "due": DueForm,
    "name": NameForm,
    "begin": BeginForm,
    "end": EndForm,
    "tally": lambda definition: TallyForm(definition, asked("step")),
    "seats": lambda definition: SeatsForm(definition, asked("step")),
    "again": lambda definition: AgainForm(definition, asked("step")),
    "tracks": lambda definition: TracksForm(definition, asked("step")),
    "fork": lambda definition: ForkForm(definition, asked("step")),
    "step-before": lambda definition: StepBeforeForm(definition, _places(), asked("step")),
    "side-by-side": lambda definition: SideBySideForm(definition, _places(), asked("step")),
    "parallel": lambda definition: ParallelForm(definition, asked("step")),
    "remove-fact": lambda definition: _going(definition, "fact", "facts"),
    "remove-clock": lambda definition: _going(definition, "clock", "clocks"),
    "remove-party": lambda definition: _going(definition, "party", "parties"),
    "remove-verb": lambda definition: RemoveEntryForm(definition, "verbs", "action", asked("verb")),
    "words": WordsForm,
}
"""The forms by the name in their address."""
WORDED = {
    "step": "step",
    "action": "action",
    "fact": "fact",
    "party": "party",
    "clock": "clock",
    "review": "step",
    "track": "track",
    "parallel": "step",
    "end": "step",
    "fork": "step",
    "side-by-side": "step",
    "step-before": "step",
}
"""The forms in which a thing is given words, with the kind of thing."""
NEEDING = ("action", "verb")
"""The forms in which something can be asked for that has no word yet."""


def form_over(name: str, source: str) -> Form:
    """The form over a text. Raises NotFound where it has nothing to be about."""
    definition = examine(source).definition
    if definition is None or name not in FORMS:
        raise NotFound(f"form {name}")
    speak_of(definition)
    made = FORMS[name](definition)
    if name in WORDED and asked(name):
        made = WordedForm(made, definition, WORDED[name], asked(name))
    elif name in WORDED:
        made = NewlyWordedForm(made, WORDED[name])
    return NeedingForm(made) if name in NEEDING else made


def asked(name: str) -> str:
    """What the address is about, by kind."""
    return request.args.get(name, "")


def _going(definition: Definition, kind: str, section: str) -> Form:
    return RemoveEntryForm(definition, section, kind, asked(kind))


def _places() -> Options:
    """Every post of every agency that there is today, by the agency's function where it has one."""
    session = database_session()
    today = now().date()
    agencies = {one.id: one for one in organisation.agencies(session, today)}
    found: dict[str, str] = {}
    for one in organisation.positions(session, today):
        agency = agencies.get(one.agency_id)
        if agency is not None:
            key = agency.functions[0] if agency.functions else agency.code
            words = f"{agency.name}: {label('post', one.post)}"
            found.setdefault(f"{key}|{one.post}", words)
    return sorted(found.items(), key=lambda item: item[1])
