"""Taking in films: uploads, the sandboxed decoder, de-identification, cases and reports."""
