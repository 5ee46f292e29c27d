"""`manage.py up`: every process of the reading room on one machine, started, watched, and stopped together."""
