"""The organisation as a file: taken from here, and taken over after what it does was shown."""

from __future__ import annotations

import io
from functools import partial

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import FileField

from blueprints import tabs
from blueprints.access import access
from blueprints.edge import database_session, now
from blueprints.typed_form import DecreedForm
from workflow import workbook
from workflow.errors import Invalid, Problem
from workflow.permissions import Permission
from workflow.workbook import Report, Sheet, What

blueprint = Blueprint("workbook", __name__, url_prefix="/admin/workbook")
blueprint.context_processor(tabs.groups)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SAVE = "save"
MOST_SHOWN = 200


class WorkbookForm(DecreedForm):
    """A file, and what its changes rest on."""

    file = FileField(_l("File (XLSX)"), description=_l("As it was taken from here, and changed."))

    def content(self) -> bytes:
        """What the file holds. Raises Invalid when none was chosen."""
        chosen = request.files.get("file")
        if chosen is None or not chosen.filename:
            raise Invalid(Problem("file", "file_missing"))
        return chosen.read()


@blueprint.get("")
@access(Permission.ADMINISTER)
def index() -> str:
    """What the file holds, and the form that takes one over."""
    return _page(WorkbookForm())


@blueprint.get("/file")
@access(Permission.ADMINISTER)
def download() -> Response:
    """The organisation of today as a file."""
    content = workbook.export(database_session(), now().date())
    name = f"organisasi-{now().date().isoformat()}.xlsx"
    return send_file(io.BytesIO(content), XLSX, as_attachment=True, download_name=name)


@blueprint.post("")
@access(Permission.ADMINISTER)
def take() -> ResponseReturnValue:
    """Show row by row what the file would do, or take it over when nothing is wrong with it."""
    form = WorkbookForm()
    is_trial = request.form.get("step") != SAVE
    try:
        book = workbook.read(form.content())
        report = workbook.take(
            database_session(),
            book,
            decree=form.decree.data or "",
            by=current_user.id,
            now=now(),
            dry_run=is_trial,
        )
    except Invalid as error:
        form.place(error.problems)
        return _page(form), 422
    if not report.is_kept:
        return _page(form, report), 422 if report.errors else 200
    flash(
        _(
            "The file has been taken over. Rows that changed something: %(number)s.",
            number=len(report.done),
        ),
        "done",
    )
    return redirect(url_for(".index"), 303)


def _page(form: WorkbookForm, report: Report | None = None) -> str:
    return render_template(
        "organisation/workbook.html",
        form=form,
        report=report,
        counted=partial(_counted, report) if report else None,
        sheets=list(Sheet),
        most=MOST_SHOWN,
    )


def _counted(report: Report, sheet: Sheet) -> tuple[int, int, int]:
    """How many rows of a sheet are new, changed, and as they were."""
    entered, changed, same = (report.count(sheet, what) for what in What)
    return entered, changed, same
