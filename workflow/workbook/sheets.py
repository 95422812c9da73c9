"""The sheets of the workbook and their columns, in the order in which they are taken over.

The words of the headings are the file's, whatever language a reader has.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Sheet(StrEnum):
    """One table of the workbook."""

    AGENCIES = "Perangkat daerah"
    NAMES = "Nama"
    FUNCTIONS = "Fungsi"
    POSITIONS = "Jabatan"
    TITLES = "Nama jabatan"
    PEOPLE = "Pengguna"
    APPOINTMENTS = "Penugasan"


COLUMNS: Mapping[Sheet, Mapping[str, str]] = {
    Sheet.AGENCIES: {"code": "kode", "parent": "bagian_dari", "week": "hari_kerja"},
    Sheet.NAMES: {
        "code": "kode",
        "name": "nama",
        "short_name": "nama_singkat",
        "valid_from": "sejak",
    },
    Sheet.FUNCTIONS: {"function": "fungsi", "code": "kode", "valid_from": "sejak"},
    Sheet.POSITIONS: {
        "code": "kode",
        "post": "pos",
        "title": "nama_jabatan",
        "superior": "atasan",
        "places": "tempat",
    },
    Sheet.TITLES: {
        "code": "kode",
        "post": "pos",
        "title": "nama_jabatan",
        "valid_from": "sejak",
    },
    Sheet.PEOPLE: {
        "username": "nama_pengguna",
        "name": "nama",
        "email": "surel",
        "is_administrator": "administrator",
    },
    Sheet.APPOINTMENTS: {
        "username": "nama_pengguna",
        "code": "kode",
        "post": "pos",
        "capacity": "kapasitas",
        "starts_on": "sejak",
        "ends_on": "sampai",
        "letter_number": "nomor_surat",
        "letter_date": "tanggal_surat",
    },
}
"""Sheet -> field -> heading."""

YES, NO = "ya", "tidak"
POST_OF = ":"
"""Between the code of an agency and a post of it, where a superior is named."""

KEYS: Mapping[Sheet, tuple[str, ...]] = {
    Sheet.AGENCIES: ("code",),
    Sheet.NAMES: ("code", "valid_from"),
    Sheet.FUNCTIONS: ("function", "valid_from"),
    Sheet.POSITIONS: ("code", "post"),
    Sheet.TITLES: ("code", "post", "valid_from"),
    Sheet.PEOPLE: ("username",),
    Sheet.APPOINTMENTS: ("username", "code", "post", "starts_on"),
}
"""By what a row is known to be there already."""
ABOUT: Mapping[Sheet, tuple[str, ...]] = {
    Sheet.AGENCIES: ("code",),
    Sheet.NAMES: ("name",),
    Sheet.FUNCTIONS: ("function", "code"),
    Sheet.POSITIONS: ("title",),
    Sheet.TITLES: ("title",),
    Sheet.PEOPLE: ("username",),
    Sheet.APPOINTMENTS: ("username", "code", "post"),
}
"""What a row is named by."""
