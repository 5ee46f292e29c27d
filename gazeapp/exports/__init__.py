"""Research data: who asks for which readings, what an admin lets out, and the frozen releases that came of it."""
