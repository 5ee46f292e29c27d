"""People, their roles and their sign-in."""
