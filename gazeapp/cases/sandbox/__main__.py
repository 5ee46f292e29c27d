"""`python -m gazeapp.cases.sandbox`: the helper that opens films, one confined child each (`gazeapp.core.confined`)."""

from __future__ import annotations

from gazeapp.cases.sandbox import limits
from gazeapp.cases.sandbox.examine import examine
from gazeapp.core.confined.server import serve

if __name__ == "__main__":
    serve(examine, limits.FILM)
