"""`python -m bench.year`: 1,000 cases through 2026, against a plain computation of that year."""

from __future__ import annotations

import sys
import time

from bench.databases import fresh
from tests.workflow import year

CASES = 1_000


def main() -> None:
    """Live through the year, and say how much of it was as it was told beforehand."""
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    with fresh() as database:
        made = year.plan(cases, seed=2026)
        begun = time.perf_counter()
        lived = year.live(database.sessions, made)
        took = time.perf_counter() - begun
    kinds = sorted({kind for *_, kind in made.expected})
    print(f"{cases:,} cases, {len(made.acts):,} acts of people, {took:.0f} s")
    for kind in kinds:
        print(f"{kind:>14}: {sum(one[-1] == kind for one in lived.elements()):6,}")
    missing, surplus = made.expected - lived, lived - made.expected
    if missing or surplus:
        raise SystemExit(f"missing {sorted(missing)[:5]}, too many {sorted(surplus)[:5]}")
    print("each where plain counting says, and no other")


if __name__ == "__main__":
    main()
