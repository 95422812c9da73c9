"""The one blueprint that every resource of the API stands on."""

from __future__ import annotations

import hashlib

from flask import Blueprint, request

from blueprints.security import csrf, limiter

MOST_CALLS = "3000 per minute"

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


def _token() -> str:
    """What calls are counted by: the token, in a form that gives nothing away."""
    return hashlib.sha256(request.headers.get("Authorization", "").encode()).hexdigest()


csrf.exempt(blueprint)  # a token is sent on purpose, unlike a cookie
limiter.limit(MOST_CALLS, key_func=_token)(blueprint)
