"""`python -m gazeapp.cases.sandbox`: the helper that opens films, one sandboxed child each (`gazeapp.core.sandbox`)."""

from __future__ import annotations

from gazeapp.cases.sandbox import limits
from gazeapp.cases.sandbox.examine import examine
from gazeapp.core.sandbox.server import serve

if __name__ == "__main__":
    serve(examine, limits.FILM)
