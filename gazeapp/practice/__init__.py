"""Practice: attempts at cases, feedback on them, what comes next, and progress."""
