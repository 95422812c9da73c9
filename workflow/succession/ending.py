"""An agency that is no more: its functions, its parts and its name go, and its heir is meant."""

from __future__ import annotations

from sqlalchemy import select, update

from workflow import parties
from workflow.models import Agency, AgencyFunction, Position
from workflow.organising import agencies
from workflow.succession.under_way import DAY, Run


class Ending(Run):
    """What an agency that ends has apart from positions and proposals: the first heir's."""

    @property
    def heir(self) -> int:
        """Whoever has what nobody was named for."""
        return self.plan.heirs[0]

    def end(self) -> tuple[int, int]:
        """Let the agency be no more; how many functions and parts went over."""
        held, parts = self._functions(), self._parts()
        agencies.end_names(self.session, self.what.agency_id, self.day - DAY)
        self._let_follow()
        self.session.flush()  # who asks for lines of agencies asks past the session
        return held, parts

    def _functions(self) -> int:
        """Functions that the agency has from the day on are the heir's, for as long."""
        query = select(AgencyFunction).where(
            AgencyFunction.agency_id == self.what.agency_id,
            AgencyFunction.valid_until.is_(None) | (AgencyFunction.valid_until >= self.day),
        )
        held = self.session.scalars(query).all()
        for one in held:
            if one.valid_from >= self.day:
                one.agency_id = self.heir
                continue
            given = AgencyFunction(
                agency_id=self.heir,
                function=one.function,
                valid_from=self.day,
                valid_until=one.valid_until,
            )
            one.valid_until = self.day - DAY
            self.session.add(given)
        return len({one.function for one in held})

    def _parts(self) -> int:
        """Parts of the agency are the heir's; heirs among them stand where the agency stood."""
        agency_id, heirs = self.what.agency_id, self.plan.heirs
        above = self.session.get_one(Agency, agency_id).parent_id
        line = parties.owner_line(self.session, self.heir)
        parts = self.session.scalars(select(Agency).where(Agency.parent_id == agency_id)).all()
        for part in parts:
            part.parent_id = above if part.id in heirs else self.heir
        if agency_id in line and line[line.index(agency_id) - 1] not in heirs:
            self.session.get_one(Agency, self.heir).parent_id = above  # or it stands under itself
        return len(parts)

    def _let_follow(self) -> None:
        """Let the heir be meant by whoever names the agency, and by nothing that leads back.

        A position that went to one that was closed since is asked no more by way of it: that way
        could lead through the heir to the position itself.
        """
        agency_id = self.what.agency_id
        self.session.get_one(Agency, agency_id).followed_by_id = self.heir
        dead = select(Position.id).where(
            Position.agency_id == agency_id, Position.followed_by_id.is_(None)
        )
        before = update(Position).where(Position.followed_by_id.in_(dead))
        self.session.execute(before.values(followed_by_id=None))
