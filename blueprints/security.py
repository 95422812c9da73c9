"""What every answer carries to keep a browser safe: policy, cookies, tokens in forms, limits."""

from __future__ import annotations

import itertools
from ipaddress import IPv6Address, ip_address, ip_network

from flask import Response, abort, request
from flask_limiter import Limiter
from flask_wtf import CSRFProtect
from werkzeug.routing import IntegerConverter

from blueprints import rate_limits
from blueprints.edge import Alur

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
A_YEAR = 365 * 24 * 3600
LARGEST_REQUEST = 2 * 1024 * 1024
LONGEST_BOX_NAME = 500

HIGHEST_NUMBER = 2**63 - 1
A_SUBSCRIBER = 64


class RowNumber(IntegerConverter):
    """A number in an address; one that no row can have leads nowhere."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **{"max": HIGHEST_NUMBER, **options})  # type: ignore[arg-type]


def remote_network() -> str:
    """Where a request comes from, as limits count it: one subscriber has a whole /64 of IPv6."""
    address = ip_address(request.remote_addr or "127.0.0.1")
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), A_SUBSCRIBER), strict=False))


csrf = CSRFProtect()
limiter = Limiter(remote_network)


def install(app: Alur) -> None:
    """Set cookies, limits and headers."""
    is_secure = app.settings.base_url.startswith("https://")
    app.config.update(
        SECRET_KEY=app.settings.secret_key,
        SESSION_COOKIE_NAME="__Host-alur" if is_secure else "alur",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=is_secure,
        SEND_FILE_MAX_AGE_DEFAULT=A_YEAR,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        WTF_CSRF_SSL_STRICT=is_secure,
        RATELIMIT_STORAGE_URI=rate_limits.storage(app.settings.broker_url),
        RATELIMIT_HEADERS_ENABLED=False,
    )
    app.url_map.converters["int"] = RowNumber
    app.before_request(_refuse_what_nobody_types)
    csrf.init_app(app)
    limiter.init_app(app)

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if is_secure:
            response.headers["Strict-Transport-Security"] = f"max-age={A_YEAR}"
        if request.endpoint not in {"static", "assets.bootstrap"}:
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def _refuse_what_nobody_types() -> None:
    """Refuse the one character that no text in the database can hold, wherever it was typed, and
    boxes by names that no form has: a row's number in them is read as a number.
    """
    pairs = (*request.args.items(multi=True), *request.form.items(multi=True))
    if any("\x00" in word for word in (request.path, *itertools.chain.from_iterable(pairs))):
        abort(400)
    if not all(name.isascii() and len(name) <= LONGEST_BOX_NAME for name in request.form):
        abort(400)
