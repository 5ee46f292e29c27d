"""`python -m gazeapp.recordings.importers`: the helper that opens eye-tracker files, one sandboxed child each."""

from __future__ import annotations

from gazeapp.core.sandbox.server import serve
from gazeapp.recordings.importers.opening import LIMITS, open_session

if __name__ == "__main__":
    serve(open_session, LIMITS)
