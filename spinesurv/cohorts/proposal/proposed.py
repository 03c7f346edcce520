"""Records of a proposal: what is proposed, how sure it is, and on what evidence."""

from __future__ import annotations

from dataclasses import dataclass, field

from spinesurv.cohorts.read_table import RawTable

#: name and data leave no other reading that we know of; probably so; only worth a look, never acted on
HIGH, LIKELY, GUESS = "high", "likely", "guess"
CONFIDENCE = (HIGH, LIKELY, GUESS)


def weaker(*levels: str) -> str:
    """The least sure of several."""
    return max(levels, key=CONFIDENCE.index)


@dataclass(frozen=True)
class Proposed:
    """One raw column proposed for one variable.

    Parameters
    ----------
    key : variable of the codebook
    from_ : raw column
    confidence : high, likely or guess
    evidence : what speaks for it, in words
    settings : further keys of the mapping file (unit, values, missing, format, dead, alive)
    questions : what only a person who knows the data can tell
    blocked : written as a comment: to be answered before it can be used
    """

    key: str
    from_: str
    confidence: str
    evidence: tuple[str, ...]
    settings: dict[str, object] = field(default_factory=dict)
    questions: tuple[str, ...] = ()
    blocked: bool = False


@dataclass(frozen=True)
class Proposal:
    """A mapping proposed for one table.

    Parameters
    ----------
    table : the raw table; its options are how it was read
    reading : what speaks for encoding, delimiter and decimal sign
    missing : codes that mean missing anywhere in the table
    site, patient_id, time, start, end, event : None where none was found
    columns : one for each variable that was found
    status : status at a day, where no times were found
    never : raw column -> why it is no predictor
    unknown : raw columns of which nothing is proposed
    questions : about the table as a whole
    """

    table: RawTable
    reading: tuple[str, ...]
    missing: tuple[str, ...]
    site: Proposed | None
    patient_id: Proposed | None
    time: Proposed | None
    start: Proposed | None
    end: Proposed | None
    event: Proposed | None
    columns: tuple[Proposed, ...]
    never: dict[str, str]
    unknown: tuple[str, ...]
    questions: tuple[str, ...]
    status: tuple[Proposed, ...] = ()

    @property
    def everything(self) -> list[Proposed]:
        """All that is proposed, in the order of the mapping file."""
        first = (self.site, self.patient_id, self.time, self.start, self.end, self.event)
        return [p for p in first if p is not None] + [*self.status, *self.columns]
