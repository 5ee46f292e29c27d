"""What is worked out from a reader's gaze: fixations from samples, visits of regions, marks against a key.

NumPy and SciPy only: the web process imports this. Places are film fractions (x right, y down), time is seconds.
Distances are in film widths, so that a film that is higher than wide has round discs: x as it is, y times rows over
columns (``aspect``).
"""
