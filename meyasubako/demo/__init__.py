"""Demonstration data: both desks, fictional people and texts, and the published rosters as directory entries."""
