"""Plausible words and figures for rehearsals and the demo: whole documents, and what actions ask.

Everything is drawn from the random generator that is handed in, so that a seed repeats a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

from workflow import checklists
from workflow.document.choices import choices

GROUPS = ("ibu hamil", "pelaku UMKM", "siswa", "warga lanjut usia", "petugas lapangan")
SMALLEST, LARGEST = 2, 400
"""Budgets of a year, in millions of rupiah."""
WORDS: Mapping[str, tuple[str, ...]] = {
    "comment": ("Mohon dilengkapi dahulu.", "Mohon ringkasan masalah dipertajam."),
    "reason": (
        "Kegiatan sejenis sudah berjalan pada perangkat daerah lain.",
        "Tidak sejalan dengan prioritas tahun ini.",
    ),
    "criterion": ("Butir 7 daftar periksa", "Butir 3 daftar periksa"),
    "question": ("Berapa sasaran penerima pada tahun pertama, dan dari mana datanya?",),
    "minutes": ("Disepakati dengan penyesuaian jadwal dan sasaran, berita acara ditandatangani.",),
    "file": ("surat-balasan.pdf",),
}
POINTS = (
    ("problem", "Sebutkan tahun dan sumber data pada uraian masalah."),
    ("budget", "Rinci anggaran menurut tahun dan sumber dana."),
    ("outcomes", "Indikator hasil belum menunjukkan perubahan bagi warga."),
    ("scope", "Tahapan kegiatan belum urut."),
)
ANSWER = "Sudah diperbaiki pada bagian yang disebut."
ADDED = "Rincian per kelurahan ditambahkan pada kerangka acuan kerja."
CONDITIONS = (
    ("Menggunakan layanan pesan bersama milik kota.", "rka"),
    ("Menyerahkan kode sumber dan dokumentasi kepada kota.", "go_live"),
    ("Spesifikasi perangkat disusun bersama penelaah.", "procurement"),
)


def complete(document: Mapping[str, Any], random: Random, year: int) -> dict[str, Any]:
    """The document with all its gaps filled; what it says already is kept where it may stand."""
    title = str(document.get("title") or "Program tanpa judul")
    ends = document.get("year_end") or year + random.choice((0, 0, 0, 1))
    years = range(year, ends + 1)
    filled: dict[str, Any] = {
        **document,
        **_identity(title, random),
        **_text(title, random),
        **_plan(random),
        "year_start": year,
        "year_end": ends,
        "budget": [_budget_row(each, random) for each in years],
        "outputs": [_indicator("Kegiatan terlaksana", "kegiatan", years, random)],
        "outcomes": [_indicator("Warga yang merasakan manfaat", "orang", years, random)],
        "supporting_agencies": [],
        **_ict(random),
    }
    return filled


def words(need: str, random: Random, today: date) -> Any:
    """Something to fill a need with."""
    if need == "signature":
        return True
    if need == "letter_date":
        return today.isoformat()
    if need in ("number", "letter_number"):
        return f"{random.randint(1, 999)}/ALUR/{today.year}"
    if need == "points":
        chosen = random.sample(POINTS, k=random.randint(1, 3))
        return [{"field": field, "text": text} for field, text in chosen]
    if need == "conditions":
        text, gate = random.choice(CONDITIONS)
        return [{"text": text, "gate": gate, "is_blocking": random.random() < 0.5}]
    return random.choice(WORDS.get(need, ("Sesuai hasil pembahasan.",)))


def checklist(name: str, random: Random) -> dict[str, dict[str, str]]:
    """Answers to every item; now and then one is met in part only."""
    return {item.key: _answer(random) for item in checklists.load(name).items}


def sharpened(text: str) -> str:
    """A text with a sentence added, as after a reviewer's point; never twice the same sentence."""
    return text if ADDED in text else f"{text} {ADDED}".strip()


def _answer(random: Random) -> dict[str, str]:
    if random.random() < 0.1:
        return {"answer": checklists.Answer.PARTLY, "note": "Perlu dirinci pada kerangka acuan."}
    return {"answer": checklists.Answer.YES, "note": ""}


def _identity(title: str, random: Random) -> dict[str, Any]:
    sub_dimension = random.choice(list(choices("sub_dimension").values()))
    padded = title if len(title) >= 10 else f"Program {title} Kota Metro"
    return {
        "title": padded[:200],
        "dimension": sub_dimension.under,
        "sub_dimension": sub_dimension.code,
        "kind": random.choice(("new", "continuation", "development")),
        "action_groups": random.sample(list(choices("action_groups")), k=2),
        "quick_win": random.random() < 0.1,
        "origin": random.choice(list(choices("origin"))),
        "locations": random.sample(list(choices("locations")), k=3),
    }


def _text(title: str, random: Random) -> dict[str, Any]:
    people = random.choice(GROUPS)
    number = random.randint(120, 9_000)
    return {
        "problem": (
            f"Survei tahun lalu mencatat {number} {people} belum terlayani dengan baik. Antrean "
            "panjang dan pencatatan manual membuat data terlambat, sehingga keputusan diambil "
            "tanpa angka yang pasti (sumber: laporan tahunan perangkat daerah)."
        ),
        "beneficiaries": f"{number} {people}",
        "objective": (
            f"Mempercepat layanan bagi {people} dan menyediakan data yang mutakhir melalui {title}."
        )[:1_000],
        "scope": (
            "Penyusunan prosedur, pelatihan petugas, pengadaan perangkat seperlunya, uji coba di "
            "dua kelurahan, evaluasi bersama warga, lalu penerapan di seluruh kota secara bertahap."
        ),
        "sustainability": "Dijalankan oleh pegawai yang ada dengan biaya rutin perangkat daerah.",
    }


def _plan(random: Random) -> dict[str, Any]:
    in_plan = random.random() < 0.8
    reason = (
        "Program ini menjawab kebutuhan yang muncul setelah rencana induk disusun, didukung oleh "
        "hasil musrenbang terakhir, dan tidak dapat menunggu penyusunan rencana berikutnya."
    )
    return {
        "plan_item": f"Butir {random.randint(1, 60)} rencana induk" if in_plan else "",
        "off_plan_reason": "" if in_plan else reason,
        "changes_plan": not in_plan and random.random() < 0.3,
        "mayoral_priority": random.random() < 0.15,
    }


def _budget_row(year: int, random: Random) -> dict[str, Any]:
    return {
        "year": year,
        "source": random.choice(("PAD", "DAU", "DAK_NONFISIK", "BLUD")),
        "amount": random.randint(SMALLEST, LARGEST) * 1_000_000,
    }


def _indicator(name: str, unit: str, years: range, random: Random) -> dict[str, Any]:
    baseline = random.randint(0, 40)
    return {
        "name": name,
        "unit": unit,
        "direction": "higher",
        "baseline": str(baseline),
        "baseline_year": years.start - 1,
        "targets": {
            str(year): str(baseline + 10 * number) for number, year in enumerate(years, start=1)
        },
    }


def _ict(random: Random) -> dict[str, Any]:
    if random.random() < 0.4:
        return {"ict_involved": False, "ict": {}}
    is_new = random.random() < 0.3
    return {
        "ict_involved": True,
        "ict": {
            "kinds": ["new_application"] if is_new else [random.choice(("device", "license"))],
            "new_application": is_new,
            "application_name": "Layanan Terpadu" if is_new else "",
            "existing_check": (
                "Tiga aplikasi terdekat sudah dilihat; tidak ada yang mencatat data ini."
                if is_new
                else ""
            ),
            "hosting": "city",
            "personal_data": random.choice(("none", "none", "general")),
            "personal_data_subjects": random.randint(50, 3_000),
        },
    }
