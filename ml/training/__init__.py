"""Training: both stages on one trainer (settings, run, trainer), fine-tuning, adapters of one reader."""
