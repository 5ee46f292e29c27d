"""Gaze data sets: readers, splits, preparation. Films, reports and readings as one type."""
