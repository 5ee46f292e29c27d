"""Scores of scanpaths, the baselines they stand beside, and the check on real films. NumPy only, except where a
model runs."""
