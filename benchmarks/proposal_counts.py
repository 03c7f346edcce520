"""What is counted of a proposed mapping, whoever says what is right."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from spinesurv.cohorts.proposal import Proposal, Proposed


def counts(
    name: str, proposal: Proposal, right: Collection[Proposed], documented: Collection[str], columns: int
) -> dict[str, Any]:
    """A line of map_precision.csv: of `columns` those `documented`, proposed, at high confidence, right and usable; questions."""
    high = [p for p in proposal.everything if p.confidence == "high"]
    usable = {n for p in right if not p.blocked for n in columns_of(p) if n in documented}
    return {
        "table": name,
        "columns": columns,
        "documented": len(documented),
        "proposed": len(proposal.everything),
        "high": len(high),
        "high_right": sum(p in right for p in high),
        "usable_right": len(usable),
        "recall": round(len(usable) / len(documented), 3),
        "questions": len(proposal.questions) + sum(len(p.questions) for p in proposal.everything),
    }


def columns_of(proposed: Proposed) -> list[str]:
    """Raw columns of a proposal: the end of follow-up may have two."""
    several = proposed.settings.get("from")
    return [str(name) for name in several] if isinstance(several, list | tuple) else [proposed.from_]
