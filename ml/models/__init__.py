"""The parts of MedGaze, one a file, in the order a film passes them.

backbone → encoder → medformer → language (with the report) → decoder → heads → distribution; ``medgaze`` joins them.
Shapes use B cases, R readings a case, M modes, L fixations, T report tokens, G grid tokens, N memory tokens, D width.
"""
