"""Blind rating: studies in which faculty judge replays without knowing whose they are."""
