"""Under which terms data is given out. Another meaning is another version, and is accepted anew."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    version: int
    text: str

    @property
    def licence(self) -> str:
        """The terms in a sentence, as an export says its licence."""
        return f"MedGaze Reading Room data-use terms, version {self.version}: research only, not to be passed on"


TERMS = Terms(
    1,
    """You use these data for research and teaching, not for diagnosis and not to judge the people who read.

You do not try to find out who a reader or a patient is, and you do not join these data with others in a way that would
tell. Gaze can identify a person even without a name: tell an administrator if you come upon somebody's identity.

You do not pass the data on. Whoever works with you asks for them here, under these terms.

You cite the release that you used by its version and digest, and you keep apart what is simulated from what people did.

People whose readings these are may withdraw. They are absent from the next release: use it for new work.
""",
)
