"""Whom places mean on a day, and who holds positions then, in the words of the database.

Columns of JSON, for `parties` and for statements that read more beside them; `%(day)s` is the day.
"""

from __future__ import annotations

from workflow import absences
from workflow.models.organisation import TITLE_ON

_STANDING_IN = absences.STANDING_IN.format(appointments="appointments", day="%(day)s")
HELD = f"""(
    SELECT json_agg(json_build_object(
        'position_id', appointments.position_id, 'person_id', people.id, 'name', people.name,
        'capacity', appointments.capacity, 'is_administrator', people.is_administrator,
        'agency_ids', (
            SELECT json_agg(DISTINCT sitting.agency_id)
            FROM appointments AS own JOIN positions AS sitting ON sitting.id = own.position_id
            WHERE own.person_id = people.id AND own.starts_on <= %(day)s
              AND (own.ends_on IS NULL OR own.ends_on >= %(day)s)
        )
    ) ORDER BY appointments.position_id, appointments.starts_on, appointments.id)
    FROM appointments JOIN people ON people.id = appointments.person_id
    WHERE appointments.position_id {{which}} AND people.is_active
      AND appointments.starts_on <= %(day)s
      AND (appointments.ends_on IS NULL OR appointments.ends_on >= %(day)s)
      AND NOT EXISTS (SELECT {_STANDING_IN})
)"""  # noqa: S608
"""Who holds positions as one column; `{which}` of them."""

HOLDINGS = HELD.format(which="= positions.id")
"""Who holds a position as one column, to be selected beside other columns of `positions`."""

_TITLE = TITLE_ON.format(positions="positions", day="%(day)s")
_FOLLOWED = """
    WITH RECURSIVE line (agency_id, post) AS (
        SELECT asked.id, places.post
        UNION
        SELECT coalesce(heirs.agency_id, agencies.followed_by_id), coalesce(heirs.post, line.post)
        FROM line JOIN agencies ON agencies.id = line.agency_id
        LEFT JOIN positions ON positions.agency_id = line.agency_id
          AND positions.post = line.post AND positions.closed_on < %(day)s
        LEFT JOIN positions AS heirs ON heirs.id = positions.followed_by_id
        WHERE coalesce(heirs.agency_id, agencies.followed_by_id) IS NOT NULL
    )
    SELECT line.agency_id, line.post FROM line JOIN agencies ON agencies.id = line.agency_id
    LEFT JOIN positions ON positions.agency_id = line.agency_id
      AND positions.post = line.post AND positions.closed_on < %(day)s
    WHERE coalesce(positions.followed_by_id, agencies.followed_by_id) IS NULL LIMIT 1
"""
"""The post that follows one of `places` at the agency `asked`: that of its position's heir, or else
the same one of its agency's. UNION, so that it comes to an end whatever the rows say."""
FOUND = f"""(SELECT json_agg(found) FROM (
    SELECT places.wanted, places.post AS wanted_post, meant.post, agencies.id AS agency_id,
           agencies.week, coalesce(named.name, agencies.code) AS agency,
           positions.id AS position_id, coalesce({_TITLE}, '') AS title,
           asked.followed_by_id IS NOT NULL AS is_heir, {HOLDINGS} AS holdings
    FROM jsonb_to_recordset(CAST(%(places)s AS jsonb)) AS places (wanted text, post text)
    LEFT JOIN LATERAL (
        SELECT agency_id FROM agency_functions
        WHERE function = places.wanted AND valid_from <= %(day)s
          AND (valid_until IS NULL OR valid_until >= %(day)s)
        ORDER BY valid_from DESC LIMIT 1
    ) AS called ON true
    JOIN agencies AS asked ON asked.id = CASE
        WHEN places.wanted = 'owner' THEN %(owner)s
        WHEN called.agency_id IS NOT NULL THEN called.agency_id
        ELSE (SELECT id FROM agencies AS coded WHERE coded.code = places.wanted)
    END
    LEFT JOIN positions AS gone ON gone.agency_id = asked.id AND gone.post = places.post
      AND gone.closed_on < %(day)s AND gone.followed_by_id IS NOT NULL
    CROSS JOIN LATERAL (
        SELECT asked.id AS agency_id, places.post
        WHERE places.wanted = 'owner' OR coalesce(gone.id, asked.followed_by_id) IS NULL
        UNION ALL
        SELECT agency_id, post FROM ({_FOLLOWED}) AS followed
        WHERE places.wanted <> 'owner' AND coalesce(gone.id, asked.followed_by_id) IS NOT NULL
    ) AS meant
    JOIN agencies ON agencies.id = meant.agency_id
    LEFT JOIN LATERAL (
        SELECT name FROM agency_names
        WHERE agency_id = agencies.id AND valid_from <= %(day)s
          AND (valid_until IS NULL OR valid_until >= %(day)s)
        ORDER BY valid_from DESC LIMIT 1
    ) AS named ON true
    LEFT JOIN positions ON positions.agency_id = agencies.id AND positions.post = meant.post
) AS found)"""  # noqa: S608
"""Whom places mean as one column, to be selected alone or beside other columns."""
