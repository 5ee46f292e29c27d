"""The bundled demo model: its recipe, what it learns beside gaze, the simulated bench it is judged on, and its card."""
