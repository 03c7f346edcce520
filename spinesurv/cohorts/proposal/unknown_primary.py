"""A tumour written "unknown": not recorded, or a carcinoma of unknown primary?"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from spinesurv.cohorts.cells import SHOWN_FROM_ROWS
from spinesurv.cohorts.proposal.proposed import Proposed
from spinesurv.cohorts.proposal.words import words


def ask_about_unknown_primary(tumour: Proposed, cells: pd.DataFrame) -> Proposed:
    """The tumour with a question where words like "unknown" stand in its column; the table reads them as missing.

    A carcinoma of unknown primary is a diagnosis with points of its own in most scores; a gap would be filled with another
    tumour. Nothing in the table can tell the two apart.
    """
    counts = cells[tumour.from_].value_counts()
    found = sorted(
        str(text)
        for text, rows in counts.items()
        if rows >= SHOWN_FROM_ROWS and str(text).lower() in words()["missing"]["unknown"]
    )
    if not found:
        return tumour
    listed = ", ".join(repr(text) for text in found)
    question = (
        f"{listed} is read as missing. Where it means a carcinoma of unknown primary, take it out of missing of the table and "
        'give it the value "unknown_primary" here.'
    )
    return replace(tumour, questions=(*tumour.questions, question))
