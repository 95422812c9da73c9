"""What went wrong, told to people as a page and to scripts as a problem document."""

from __future__ import annotations

import structlog
from flask import Response, current_app, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException

from blueprints import unsent, words
from blueprints.edge import Alur
from blueprints.identity import is_api, to_sign_in
from blueprints.labels import speak_of
from workflow import cases, versions
from workflow.errors import Altered, Conflict, Invalid, NotFound, Refused

log = structlog.get_logger(__name__)


def install(app: Alur) -> None:
    """Register one answer for each kind of error."""
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(404, _not_found)
    app.register_error_handler(401, _unauthorized)
    app.register_error_handler(Conflict, _conflict)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(Invalid, _invalid)
    app.register_error_handler(Altered, _altered)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(429, _too_often)
    app.register_error_handler(DataError, _not_storable)
    app.register_error_handler(OperationalError, _unavailable)
    app.register_error_handler(HTTPException, _other)
    app.register_error_handler(500, _fault)


def answer(
    status: int,
    code: str,
    title: str,
    *sentences: str,
    reasons: list[dict[str, object]] | None = None,
) -> ResponseReturnValue:
    """The page, or for a script the problem document, that says what is in the way."""
    if is_api():
        document = {
            "type": "about:blank",
            "title": title,
            "status": status,
            "code": code,
            "detail": " ".join(sentences),
            "reasons": reasons or [],
        }
        response: Response = jsonify(document)
        response.mimetype = "application/problem+json"
        return response, status
    return render_template("error.html", status=status, title=title, sentences=sentences), status


def _not_found(_error: Exception) -> ResponseReturnValue:
    return answer(
        404,
        "not_found",
        _("There is nothing here"),
        _("The address is wrong, or what it names is not open to you."),
    )


def _unauthorized(_error: Exception) -> ResponseReturnValue:
    if is_api():
        sentence = _("Send a valid token in the Authorization header.")
        return answer(401, "not_signed_in", _("Not signed in"), sentence)
    return unsent.page() if unsent.is_there() else to_sign_in()


def _conflict(error: Conflict) -> ResponseReturnValue:
    _speak_of_its_case()
    sentences = [words.reason(reason) for reason in error.reasons]
    hint = _("Nothing of yours was recorded. Look at the case again before you go on.")
    title = _("Somebody was quicker")
    return answer(409, "already_decided", title, *sentences, hint, reasons=_coded(error))


def _refused(error: Refused) -> ResponseReturnValue:
    _speak_of_its_case()
    sentences = [words.reason(reason) for reason in error.reasons]
    code = error.reasons[0].code if error.reasons else "refused"
    return answer(403, code, _("This is not open to you"), *sentences, reasons=_coded(error))


def _invalid(error: Invalid) -> ResponseReturnValue:
    problems: list[dict[str, object]] = [
        {"field": problem.field, "code": problem.code, "text": words.problem(problem)}
        for problem in error.problems
    ]
    sentences = [str(problem["text"]) for problem in problems]
    title = _("Something in the form is not right")
    return answer(422, "invalid", title, *sentences, reasons=problems)


def _altered(error: Altered) -> ResponseReturnValue:
    log.error("altered", error=str(error))
    return answer(
        500,
        "workflow_altered",
        _("This workflow was changed in the database"),
        _("A published workflow never changes, so nothing is done by it until it is restored."),
        _("Nothing was recorded. Tell whoever looks after the server."),
    )


def _stale_form(_error: Exception) -> ResponseReturnValue:
    if unsent.is_there():
        return unsent.page()
    sentence = _("The page was open for too long. Go back, load it again and send it once more.")
    return answer(400, "stale_form", _("This form is out of date"), sentence)


def _too_often(_error: Exception) -> ResponseReturnValue:
    sentence = _("Wait a minute, then try again.")
    return answer(429, "too_often", _("Too many attempts"), sentence)


def _not_storable(error: DataError) -> ResponseReturnValue:
    """A number or a text that no column holds: nobody means it, and nothing was recorded."""
    state = getattr(error.orig, "sqlstate", None)  # its words repeat what was typed
    log.warning("not_storable", endpoint=request.endpoint, error=state)
    title = _("Something in the form is not right")
    sentence = _("A number in it is too large, or a character cannot be stored.")
    return answer(422, "invalid", title, sentence)


def _unavailable(error: OperationalError) -> ResponseReturnValue:
    log.error("database_unavailable", error=str(error.orig))
    g.session.rollback()
    sentence = _("Nothing was recorded. Try again in a moment.")
    return answer_plainly(503, _("The database does not answer"), sentence)


def _fault(_error: Exception) -> ResponseReturnValue:
    sentence = _("Nothing was recorded. The fault has been written down for the administrators.")
    return answer_plainly(500, _("Something went wrong here"), sentence)


def answer_plainly(status: int, title: str, sentence: str) -> ResponseReturnValue:
    """An answer that asks the database nothing, not even who reads it: it may be what is broken."""
    if is_api():
        return answer(status, "fault", title, sentence)
    page = current_app.jinja_env.get_template("fault.html")
    return page.render(status=status, title=title, sentence=sentence), status


def _other(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    title = _("This cannot be done that way")
    response = answer(error.code, error.name.lower().replace(" ", "_"), title)
    log.info("refused_request", status=error.code, endpoint=request.endpoint)
    return response


def _speak_of_its_case() -> None:
    """What a refusal names is said in the words of the case that the address names."""
    case_id = (request.view_args or {}).get("case_id")
    if case_id is not None:
        found = cases.versions_of(g.session, [case_id])
        for version_id, digest in found.values():
            speak_of(versions.load(g.session, version_id, digest).definition)


def _coded(error: Refused) -> list[dict[str, object]]:
    return [{"code": reason.code, "text": words.reason(reason)} for reason in error.reasons]
