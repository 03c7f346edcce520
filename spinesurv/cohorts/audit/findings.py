"""Finding: one thing about a table that a person must know, answer or repair."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

#: nothing can be judged until it is repaired; a person who knows the data must answer; good to know
BLOCKS, NEEDS_AN_ANSWER, NOTE = "blocks", "needs_an_answer", "note"
SEVERITIES = (BLOCKS, NEEDS_AN_ANSWER, NOTE)


@dataclass(frozen=True)
class Finding:
    """One finding of the audit; it never holds a patient's value.

    Parameters
    ----------
    rule : what was looked for
    severity : blocks, needs_an_answer or note
    what : what was found, in one sentence
    do : what to do about it
    column : variable or raw column; "" where it is about the whole table
    site : "" where it is about all sites
    count : cells or patients concerned
    """

    rule: str
    severity: str
    what: str
    do: str
    column: str = ""
    site: str = ""
    count: int = 0

    def described(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)
