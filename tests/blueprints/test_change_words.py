"""What changes between two versions is said in whole sentences, in both languages."""

from __future__ import annotations

from itertools import pairwise

import pytest
from flask_babel import force_locale

from blueprints import change_words
from blueprints.edge import Alur
from states.changes import OF_THE_WHOLE, aspects_of
from states.definition import Action, Clock, Fact, Party, Step, TrackChart
from states.library import text
from states.reading import read
from tests.states.seeded import seeds

BEFORE = text("program-proposal")
THINGS = {
    "fact": Fact,
    "party": Party,
    "clock": Clock,
    "track": TrackChart,
    "step": Step,
    "action": Action,
}


def told(app: Alur, language: str, before: str, after: str) -> list[str]:
    """The sentences in one language."""
    with app.test_request_context(), force_locale(language):
        return change_words.sentences(read(before), read(after))


def test_there_are_words_for_everything_that_can_differ() -> None:
    wanted = {("workflow", aspect) for aspect in OF_THE_WHOLE}
    for thing, kind in THINGS.items():
        wanted |= {(thing, aspect) for aspect in aspects_of(kind)}
    assert set(change_words.ASPECTS) == wanted
    assert set(change_words.ADDED) == set(change_words.REMOVED) == set(THINGS)


@pytest.mark.parametrize(
    ("old", "new", "indonesian", "english"),
    [
        (
            "party: planning_clerk\n    within: 1 working day",
            "party: planning_clerk\n    within: 5 working days",
            "“Pemeriksaan kelengkapan”: batas waktu: semula 1 hari kerja, menjadi 5 hari kerja.",
            "“Completeness check”: the deadline: before 1 working day, now 5 working days.",
        ),
        (
            "initial: endorsing, ",
            "initial: {to: endorsing, needs: [comment]}, ",
            "Verifikasi internal, “Paraf”: yang wajib disertakan: semula tidak ada, "
            "menjadi keterangan.",
            "Internal verification, “Initial”: what has to be given: before nothing, now a remark.",
        ),
        (
            "reminders: [half way, on the due day]",
            "reminders: [2 working days before]",
            "Alur kerja: pengingat: semula di tengah waktu; pada hari batas waktu, menjadi "
            "2 hari kerja sebelumnya.",
            "The workflow: the reminders: before half way; on the due day, now "
            "2 working days before.",
        ),
    ],
)
def test_a_change_is_said_in_a_plain_sentence(
    app: Alur, old: str, new: str, indonesian: str, english: str
) -> None:
    assert old in BEFORE
    after = BEFORE.replace(old, new, 1)
    assert told(app, "id", BEFORE, after) == [indonesian]
    assert told(app, "en", BEFORE, after) == [english]


def test_whatever_differs_is_said_completely_and_translated(app: Alur) -> None:
    texts = [case.text for case in (*seeds("sound"), *seeds("broken"))]
    texts += [BEFORE, text("program-proposal-sequential")]
    for before, after in pairwise(texts):
        said = [told(app, language, before, after) for language in ("id", "en")]
        assert len(said[0]) == len(said[1])
        for indonesian, english in zip(*said, strict=True):
            assert indonesian != english
            for sentence in (indonesian, english):
                assert sentence.endswith(".")
                assert not [m for m in ("%(", "None", "Condition", "Duration") if m in sentence]
