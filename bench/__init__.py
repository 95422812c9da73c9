"""Measurements: what Alur costs over hand-written SQL. Ratios in one run, never times to keep."""
