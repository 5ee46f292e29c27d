"""The domain: one Django app a noun, the same file names in each."""
