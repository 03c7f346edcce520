"""Which digit is which sex, told by tumours of one sex alone."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from spinesurv.cohorts.cells import SHOWN_FROM_ROWS, plain_code
from spinesurv.cohorts.proposal.proposed import HIGH, Proposed

_ONE_SEX = {
    "prostate": "male", "testis_germ_cell": "male", "ovary": "female", "uterus_endometrium": "female",
    "uterus_cervix": "female", "cervix": "female",
}  # fmt: skip


def sex_by_tumour(sex: Proposed, tumour: Proposed | None, cells: pd.DataFrame) -> Proposed:
    """The codes of sex as prostate, testis, ovary and uterus tell them; unchanged where they tell nothing or disagree."""
    counts = cells[sex.from_].map(plain_code).value_counts()
    codes = sorted(str(c) for c, n in counts.items() if c and n >= SHOWN_FROM_ROWS)
    if not sex.blocked or tumour is None or len(codes) != 2 or not all(c.isdigit() for c in codes):
        return sex
    values = tumour.settings.get("values", {})
    key = (
        cells[tumour.from_].map(plain_code).map(lambda c: values.get(c, c) if isinstance(values, dict) else c)
    )
    of_one_sex = key.map(_ONE_SEX)
    told = pd.DataFrame({"code": cells[sex.from_].map(plain_code), "sex": of_one_sex}).dropna()
    told = told[told["code"].isin(codes)]
    if len(told) < SHOWN_FROM_ROWS or told.groupby("sex")["code"].nunique().max() > 1:
        return sex
    meant = {str(code): str(which) for code, which in zip(told["code"], told["sex"], strict=True)}
    if len(set(meant.values())) != len(meant):
        return sex
    if len(meant) == 1:
        ((code, which),) = meant.items()
        meant[next(c for c in codes if c != code)] = "female" if which == "male" else "male"
    evidence = (*sex.evidence, f"{len(told)} patients with a tumour of one sex alone all agree")
    return replace(
        sex,
        confidence=HIGH,
        evidence=evidence,
        settings={"values": dict(sorted(meant.items()))},
        questions=(),
        blocked=False,
    )
