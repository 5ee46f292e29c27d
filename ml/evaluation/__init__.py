"""Judges models: the harness with its baselines, ceilings and report, the simulated bench, the check on real films.

NumPy and SciPy only, but where a model runs (:mod:`ml.evaluation.predicting`, ``simulated``, ``films``). The scores
themselves stand in :mod:`ml.metrics`.
"""
