"""Cards of `spinesurv decide --cards`: a page per patient, only ever under `private/`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from spinesurv.core.tables import write_text
from spinesurv.decisions import Integrated
from spinesurv.report.card import render_card
from spinesurv.study.folder import PRIVATE_NOTE


def write_cards(found: Integrated, folder: Path) -> str:
    """Write a card per patient, numbered as patients come in the table, into a folder under `private/`.

    Returns
    -------
    str
        How many, and where.
    """
    private = folder.parent
    write_text("*\n", private / ".gitignore")
    write_text(PRIVATE_NOTE, private / "README.txt")
    key = found.lesions.reindex(columns=["site", "patient_id"]).astype(object)
    key = key.where(key.notna(), "")
    patients = key.groupby(["site", "patient_id"], sort=False).ngroup()
    rows_of = pd.Series(range(len(found))).groupby(patients.to_numpy(), sort=False).agg(list)
    provenance = found.provenance
    highest = found.by_patient().to_dict("records")
    for number, rows in enumerate(rows_of, start=1):
        card = render_card([found.record(row) for row in rows], provenance, highest[number - 1])
        write_text(card, folder / f"card_{number:05d}.html")
    return f"{len(rows_of)} cards in {folder}"
