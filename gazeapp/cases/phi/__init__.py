"""Protected health information (PHI) in text: what the film's header names, and what has the form of an identity. Pure
functions on strings.

A net with holes, so the uploader confirms what it found (`cases.phi_check`): patterns find most, the header's own
strings find the patient of this film. Modules: `folding` (spellings that count as one), `header_names` and `dates`
(what the header named, looked for; `spellings` and `mojibake` help), `titled_names` and `patterns` (what has the form
of an identity by itself), `marks` (all of it put together).
"""

from __future__ import annotations

from gazeapp.cases.phi.marks import SURROGATES, Mark, find_phi, with_surrogates

__all__ = ["SURROGATES", "Mark", "find_phi", "with_surrogates"]
