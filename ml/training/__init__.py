"""Training: both stages on one trainer (settings, run, trainer, adapt), and the recipe of the bundled demo model."""
