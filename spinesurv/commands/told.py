"""What a command says at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spinesurv.study import StudyResult

RESEARCH_USE = "Research software, not a medical device. No result decides a treatment."


def tell(result: StudyResult) -> None:
    """The notes of a study, and last its report, so that a script finds it on the last line."""
    for warning in result.warnings:
        print(f"note: {warning}")
    print(RESEARCH_USE)
    print(result.report)
