"""Workflow versions for scripts: which there are, and the document of each."""

from __future__ import annotations

from blueprints.access import signed_in
from blueprints.api.root import blueprint
from blueprints.edge import database_session
from workflow import definitions
from workflow.models import WorkflowVersion


@blueprint.get("/workflows")
@signed_in
def list_workflows() -> list[dict[str, object]]:
    """All versions of all workflows, the newest first."""
    return [_version(version) for version in definitions.versions(database_session())]


@blueprint.get("/workflows/<int:version_id>")
@signed_in
def show_workflow(version_id: int) -> dict[str, object]:
    """One version with its document."""
    version = definitions.version(database_session(), version_id)
    return {**_version(version), "source": version.source}


def _version(version: WorkflowVersion) -> dict[str, object]:
    return {
        "id": version.id,
        "key": version.key,
        "number": version.number,
        "hash": version.hash,
        "subject": version.subject,
        "status": version.status,
        "is_default": version.is_default,
        "published_at": version.published_at.isoformat() if version.published_at else None,
    }
