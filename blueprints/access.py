"""Who may open a page: each endpoint says it, here it is asked. No rule stands here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, g, request
from flask_login import current_user
from werkzeug.exceptions import Unauthorized

from workflow import permissions
from workflow.permissions import Permission

View = TypeVar("View", bound=Callable[..., object])


class UndeclaredAccess(Exception):
    """A page does not say who may open it, so the application does not start."""


class Declaration:
    """What a view declares: open to all, to whoever is signed in, or to a permission."""

    def __init__(
        self,
        permission: Permission | None,
        arguments: tuple[str, ...],
        *,
        public: bool,
        by_engine: bool = False,
    ):
        self.permission = permission
        self.arguments = arguments
        self.is_public = public
        self.is_asked_by_engine = by_engine


def public(view: View) -> View:
    """Declare that everybody may open this page, signed in or not."""
    return _declare(view, Declaration(None, (), public=True))


def signed_in(view: View) -> View:
    """Declare that everybody who is signed in may open this page: it shows their own things."""
    return _declare(view, Declaration(None, (), public=False))


def access(permission: Permission, *arguments: str) -> Callable[[View], View]:
    """Declare the permission a page needs.

    `arguments` name the parts of the address that the permission is asked about, such as
    `case_id`; they are handed to `permissions.demand` by the same name.
    """
    return lambda view: _declare(view, Declaration(permission, arguments, public=False))


def decides(view: View) -> View:
    """Declare that this view does nothing but ask the engine to decide on a case.

    The engine asks who may, once and under its lock, and tells of a case that may not be known
    of that it is not there. A view that shows anything of the case must ask before, by `access`.
    """
    return _declare(view, Declaration(Permission.DECIDE, (), public=False, by_engine=True))


def declaration(app: Flask, endpoint: str) -> Declaration | None:
    """What the view behind `endpoint` declares, if anything."""
    if endpoint == "static":
        return Declaration(None, (), public=True)
    return getattr(app.view_functions[endpoint], "access_declaration", None)


def is_decision(app: Flask) -> bool:
    """Whether this request asks the engine to decide on a case."""
    declared = declaration(app, request.endpoint) if request.endpoint else None
    return declared is not None and declared.is_asked_by_engine


def require_declarations(app: Flask) -> None:
    """Raise UndeclaredAccess, naming every endpoint that declares nothing."""
    silent = sorted(name for name in app.view_functions if declaration(app, name) is None)
    if silent:
        raise UndeclaredAccess(f"These pages do not say who may open them: {', '.join(silent)}")


def enforce() -> None:
    """Let the request pass, or raise Unauthorized, NotFound or Refused."""
    if request.endpoint is None:
        return  # an address that leads nowhere: the router answers
    declared = declaration(current_app, request.endpoint)
    if declared is None or declared.is_public:
        return
    if not current_user.is_authenticated:
        raise Unauthorized
    if declared.permission is not None and not declared.is_asked_by_engine:
        arguments = request.view_args or {}
        objects = {name: arguments[name] for name in declared.arguments}
        permissions.demand(g.session, current_user.id, declared.permission, g.now, **objects)


def _declare(view: View, declared: Declaration) -> View:
    view.access_declaration = declared  # type: ignore[attr-defined]
    return view
