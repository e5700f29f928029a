"""Faults and races with real processes and real connections; `make drills` runs them."""
