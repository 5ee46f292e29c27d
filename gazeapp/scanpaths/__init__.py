"""Predictions: keyed, computed once, streamed to the page."""
