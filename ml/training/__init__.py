"""Training: both stages on one trainer (settings, run, trainer), fine-tuning of a saved model, and adapters of one reader."""
