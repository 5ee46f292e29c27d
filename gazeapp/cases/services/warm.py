"""Starting the helpers before the first film comes."""

from __future__ import annotations

from gazeapp.cases import burned_in_text, sandbox_client


def warm() -> None:
    """For `io` workers at their start: begins to start sandbox and text detector, so that the first film waits for
    neither."""
    sandbox_client.sandbox.start()
    burned_in_text.detector.start()
