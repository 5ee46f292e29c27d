"""How long a prediction takes and how much memory it needs on this machine: ``python -m ml bench``.

``subjects`` makes what is timed, ``clock`` and ``memory`` measure, ``measure`` times one model at one precision,
``child`` gives each such measurement a process of its own, ``table`` prints them.
"""
