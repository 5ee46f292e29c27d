"""How alike two scanpaths are. NumPy and SciPy only: the web process imports this.

Every metric is a frozen dataclass, its *recipe* (:mod:`ml.metrics.base`); :data:`ml.metrics.catalogue.METRICS` has them
by name, and :func:`ml.metrics.catalogue.score_pairs` scores many pairs at once. Paths are (n, 3): x, y in film
fractions, duration in s.
"""
