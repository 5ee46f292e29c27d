"""Speed figures: `python -m tests.bench` (that is `make bench`) prints a table and the same as JSON."""
