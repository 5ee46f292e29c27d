"""Recordings of readers' gaze: imported from eye trackers or recorded in the browser."""
