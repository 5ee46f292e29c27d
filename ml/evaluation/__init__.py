"""Judges models: the harness with its baselines, ceilings and report, studies of variants, and the gate.

NumPy and SciPy only, but where a model runs (:mod:`ml.evaluation.predicting`). The scores
themselves stand in :mod:`ml.metrics`.
"""
