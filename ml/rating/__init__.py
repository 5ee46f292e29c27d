"""How raters' answers are laid out and summed up: order, agreement, effects. NumPy and SciPy only: the web process
imports this.
"""
