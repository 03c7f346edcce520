"""What stands on every page, table and line of output that could be taken for advice."""

from __future__ import annotations

#: in these words, everywhere
RESEARCH_USE = (
    "Research software. Not a medical device. Output is a reproducible encoding of published frameworks for study "
    "purposes; it is not validated for, and must not be used for, the care of a patient. Treatment decisions belong "
    "to a multidisciplinary team."
)
