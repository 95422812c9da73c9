"""REST under /api/v1: JSON for scripts, by bearer token, through the same doors as the pages."""

from __future__ import annotations

from blueprints.api import cases, forecasts, me, moves, proposals, tasks, workflows
from blueprints.api.root import blueprint

__all__ = ["blueprint", "cases", "forecasts", "me", "moves", "proposals", "tasks", "workflows"]
