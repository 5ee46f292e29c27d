"""Commands that make and judge the bundled demo model, one module a command (:mod:`ml.cli`)."""
