"""Everything that touches a film's foreign bytes. Runs in a child process with limits; imports neither Django nor the
rest of the app, apart from what the child needs of `gazeapp.core.sandbox`."""
