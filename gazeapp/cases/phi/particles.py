"""Small words in and around names."""

from __future__ import annotations

_PARTICLES_TEXT = (
    "van von vom der den de del della delle dello di da do dos das du des d la le las los l el al ul bin ibn ben bint "
    "abu zu zum zur ter ten te af av y e o st san santa mc mac"
)
# Between given and family name. By themselves they name nobody, unless they are the whole family name.
PARTICLES = frozenset(_PARTICLES_TEXT.split())

_SHORT_TEXT = (
    "ab ad ah al am an ao ap as at au be by ce cm da de di do du ed eh ei el em en er es et eu ex he hi id if il im "
    "in is it iv je kg kv la le lo lt me mg ml mm mo my na ne ni no ob oh ok om on or os ou pa pm po ra re rt rv se "
    "si so su te ti to tu ud um un up us vi vs we wo ye zo zu"
)
# Words of prose. A name that is spelt so counts only with a capital letter, or beside another name.
SHORT_WORDS = frozenset(_SHORT_TEXT.split())

_NOT_NAMES_TEXT = (
    "THE AND FOR NOT WITH CHEST THORAX PATIENT UNKNOWN ANONYMOUS ANONYMIZED ANONYMISED REMOVED NONE TEST FILM LUNG "
    "LEFT RIGHT NAME UNK DR MR MRS MS MISS PROF DOCTOR MD PHD MED JR SR II III HERR FRAU ROOM RADIOLOGY HOSPITAL "
    "OPERATOR USER ADMIN SYSTEM SERVICE DEFAULT PORTABLE EMERGENCY PHYSICIAN RADIOLOGIST TECHNOLOGIST TECHNICIAN"
)
# In the name fields of headers, but of nobody.
NOT_NAMES = frozenset(_NOT_NAMES_TEXT.split())
