"""A form that came too late, after its session had ended: what was typed, to be sent again.

Only a form of this site's own pages is given back. One that another site sent would otherwise
need no more than a press on its button here.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints import access
from blueprints.identity import is_api

NOT_TYPED = "csrf_token"


def is_there() -> bool:
    """Whether somebody signed in typed what now came too late, and it can be given back."""
    declared = access.declaration(current_app, request.endpoint) if request.endpoint else None
    return (
        request.method == "POST"
        and not is_api()
        and declared is not None
        and not declared.is_public  # passwords are typed on pages that are open to all
        and bool(_fields())
        and not any(file.filename for file in request.files.values())
        and _comes_from_here()
    )


def page() -> ResponseReturnValue:
    """The page from which it can be sent again; nothing of it was recorded."""
    fields = _fields()
    text = render_template(
        "unsent.html",
        fields=fields,
        words=[value for _, value in fields if " " in value.strip()],
    )
    return text, 400 if current_user.is_authenticated else 401


def _fields() -> list[tuple[str, str]]:
    return [pair for pair in request.form.items(multi=True) if pair[0] != NOT_TYPED]


def _comes_from_here() -> bool:
    """Whether the browser says that one of our own pages sent this."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host
