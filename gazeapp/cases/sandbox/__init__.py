"""Everything that touches foreign bytes. Runs in a child process with limits; imports neither Django nor the rest of
the app."""
