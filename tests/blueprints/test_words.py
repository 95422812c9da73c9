"""Rules and problems are told in whole sentences, whatever they carry."""

from __future__ import annotations

from datetime import date

import pytest

from blueprints import words
from blueprints.edge import Alur
from tests.blueprints.conftest import NOW
from workflow.errors import Problem, Reason


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (Reason("no_appointment"), "Hari ini Anda tidak memegang jabatan."),
        (
            Reason("needs_missing", {"needs": ("reason", "criterion", "minutes")}),
            "Masih diperlukan: alasan, kriteria atau dasar penolakan dan berita acara.",
        ),
        (
            Reason("already_decided", {"by": "Sekda", "at": NOW, "action": "endorse"}),
            "Sekda lebih dahulu: Disahkan, 23 November 2026 09.00 WIB.",
        ),
        (
            Reason("already_decided", {"by": "Sekda, Sekda", "at": NOW, "action": "reject"}),
            "Sekda lebih dahulu: Ditolak, 23 November 2026 09.00 WIB.",
        ),
        (
            Reason("apart", {"hat": "planning_analyst"}),
            "Anda sudah berperan dalam berkas ini sebagai Penelaah perencanaan; "
            "orang lain yang harus melakukannya.",
        ),
        (Reason("not_your_position", {"holders": ("Sekda",)}), "Ini wewenang Sekda."),
        (
            Reason("not_your_position", {"holders": ("Sekda (Sekda)", "Camat (Plt. Lurah)")}),
            "Ini wewenang Sekda dan Camat (Plt. Lurah).",
        ),
        (
            Reason("guard_unmet", {"guard": "not planning_blocked"}),
            "Syaratnya belum terpenuhi: semua butir penentu Bapperida sesuai.",
        ),
        (Reason("not_your_position"), "Ini wewenang."),
        (Reason("some_new_rule"), "Some new rule."),
    ],
)
def test_a_rule_is_told_with_its_names(app: Alur, reason: Reason, sentence: str) -> None:
    with app.test_request_context():
        assert words.reason(reason) == sentence


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (Problem("title", "too_long", {"most": 200}), "Paling banyak 200 karakter."),
        (Problem("year_end", "before_start", {"start": date(2027, 1, 1)}), "1 Januari 2027."),
        (Problem("x", "some_new_problem"), "Some new problem."),
    ],
)
def test_a_problem_is_told_with_its_values(app: Alur, problem: Problem, sentence: str) -> None:
    with app.test_request_context():
        assert words.problem(problem).endswith(sentence)
