"""Training: batches of simulated cases, one plain loop with exact resume, and the recipe of the bundled demo model."""
