"""Guards are told in words that an official reads, never as they are written."""

from __future__ import annotations

import pytest

from blueprints import guard_words
from blueprints.edge import Alur
from states import library, reading
from states.conditions import Condition

BRACKETS = "aplikasi baru dan (jalur ringan atau mengubah rencana)"


@pytest.mark.parametrize(
    ("guard", "spoken"),
    [
        ("new_application", "aplikasi baru"),
        ("not in_master_plan", "tidak ada dalam rencana induk"),
        ("lane == strategic", "jalur strategis"),
        ("lane != light", "jalur selain ringan"),
        ("lane in [light, standard]", "jalur ringan atau standar"),
        ("total_budget > 1_000_000_000", "total pagu di atas Rp\u00a01.000.000.000"),
        ("visits(revising) >= 2", "jumlah putaran Perbaikan usulan sedikitnya 2"),
        ("reject == 2", "jumlah putusan “tolak” 2"),
        ("actor.acting or changes_plan", "pejabat pelaksana atau mengubah rencana"),
        ("not (lane == light and new_application)", "bukan (jalur ringan dan aplikasi baru)"),
        ("new_application and (lane == light or changes_plan)", BRACKETS),
        ("changed.ict", "yang dinilai Teknis (TIK) telah berubah"),
        ("not changed.ict", "yang dinilai Teknis (TIK) tidak berubah"),
        ("((", "(("),
    ],
)
def test_a_guard_is_told_in_words(app: Alur, guard: str, spoken: str) -> None:
    with app.test_request_context():
        assert guard_words.spoken(guard) == spoken


@pytest.mark.parametrize("name", library.names())
def test_no_bare_name_of_a_shipped_guard_is_left(app: Alur, name: str) -> None:
    definition = reading.read(library.text(name))
    found: list[Condition] = []
    for step in definition.every_step():
        found += [branch.when for branch in step.route if branch.when]
        found += [rule.when for rule in step.tally if rule.when]
        for action in step.actions.values():
            conditions = [action.when, *(branch.when for branch in action.to)]
            found += [condition for condition in conditions if condition]
    assert found
    with app.test_request_context():
        for guard in found:
            assert "_" not in guard_words.spoken(guard.text)
            assert "=" not in guard_words.spoken(guard.text)
