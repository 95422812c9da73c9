"""Endpoints of other systems, and the messages that were or will be posted to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from workflow.models.base import Base, Id, reference


class WebhookEndpoint(Base):
    """An address that is told of events, and what its secret is made of."""

    __tablename__ = "webhook_endpoints"

    id: Mapped[Id]
    url: Mapped[str]
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    salt: Mapped[str]
    """With the installation's key it makes the secret; alone it signs nothing."""
    secret_shown_at: Mapped[datetime | None]
    previous_salt: Mapped[str | None]
    previous_until: Mapped[datetime | None]
    """Until then the secret before signs too."""
    is_active: Mapped[bool] = mapped_column(default=True, server_default="true")
    failing_since: Mapped[datetime | None]
    """The first failure since something was last taken."""
    created_at: Mapped[datetime]


class WebhookDelivery(Base):
    """One message for one endpoint, with what came of the last attempt."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "webhook_id"),
        Index("ix_webhook_deliveries_endpoint_id_id", "endpoint_id", "id"),
    )

    id: Mapped[Id]
    endpoint_id: Mapped[int] = reference("webhook_endpoints.id")
    webhook_id: Mapped[str]
    kind: Mapped[str]
    body: Mapped[str]
    """As it is signed and posted, the same in every attempt."""
    created_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    attempted_at: Mapped[datetime | None]
    status: Mapped[int | None]
    milliseconds: Mapped[int | None]
    answer: Mapped[str | None]
    """The first characters of the answer, or why there was none."""
