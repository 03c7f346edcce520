"""A mapping file proposed from a raw table, with evidence and confidence; what cannot be told is a question.

Read in this order: `look.py` (how the file is read), `names.py` (what the name of a column says), `columns.py` (what its cells say),
`outcome.py` (time and event), `propose.py` (the whole table), `write.py` (the file). Words stand in `words.toml` and the codebook.
"""

from __future__ import annotations

from pathlib import Path

from spinesurv.cohorts.proposal.propose import propose
from spinesurv.cohorts.proposal.proposed import Proposal, Proposed
from spinesurv.cohorts.proposal.write import mapping_text, questions, told
from spinesurv.errors import InputError

__all__ = ["Proposal", "Proposed", "mapping_text", "propose", "questions", "write_mapping"]


def write_mapping(
    table: str | Path, out: str | Path, *, sheet: str | None = None, dictionary: str | Path | None = None
) -> str:
    """Write the mapping file proposed for a table; says what was found and what is asked.

    Raises
    ------
    InputError
        The table cannot be read, or the mapping file is there already (it may hold answers).
    """
    out = Path(out)
    if out.exists():
        raise InputError(
            f"mapping file {out.name}: it is there already and may hold answers. Choose another name, or move it away."
        )
    proposal = propose(table, sheet=sheet, dictionary=dictionary)
    out.write_text(mapping_text(proposal), encoding="utf-8", newline="\n")
    return told(proposal, out)
