"""Where Django meets torch: Celery tasks as thin adapters, the handlers of each kind of job, the loaded predictor."""
