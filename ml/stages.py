"""The stages a prediction passes through, in order, as the page shows them. Pure names: no torch here."""

STAGES: tuple[str, ...] = ("film", "report", "gaze", "decode")
