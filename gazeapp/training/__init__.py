"""Training runs, schedules and the gate's verdicts. Model versions and promotions themselves are in scanpaths."""
