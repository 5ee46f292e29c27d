"""How hard cases are: predicted by the model, and observed from first attempts and comparisons."""
