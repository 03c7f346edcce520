"""Codings: rules that a mapping file may name for a column (`rule = "icd10"`), each cell by cell and without guessing."""

from collections.abc import Callable
from typing import NamedTuple

from spinesurv.cohorts.codings.grades import (
    asa_words,
    ecog_words,
    escc_words,
    kps_percent,
    kps_tens,
    mrc_words,
    neurology_a_is_1,
    neurology_e_is_1,
    neurology_letter,
    sins_words,
)
from spinesurv.cohorts.codings.levels import vertebra_words
from spinesurv.cohorts.codings.tumours import icd10, icd_o_3, tumour_words

_NO_SEARCH = "the code does not say that a primary tumour was looked for"
_SEVERAL = "several grades in one code: which of them is not known"


class Coding(NamedTuple):
    """One coding.

    Parameters
    ----------
    key : variable that it is for
    read : cell -> canonical value; "" = missing, None = not read
    why_missing : why a cell that it reads as missing holds no value
    """

    key: str
    read: Callable[[str], str | None]
    why_missing: str = ""


CODINGS: dict[str, Coding] = {
    "icd10": Coding("primary_tumor", icd10, _NO_SEARCH),
    "icd_o_3": Coding("primary_tumor", icd_o_3, _NO_SEARCH),
    "tumour_words": Coding("primary_tumor", tumour_words),
    "ecog_words": Coding("ecog", ecog_words, _SEVERAL),
    "asa_words": Coding("asa", asa_words),
    "kps_percent": Coding("kps", kps_percent),
    "kps_tens": Coding("kps", kps_tens),
    "neurology_letter": Coding("frankel", neurology_letter),
    "neurology_a_is_1": Coding("frankel", neurology_a_is_1),
    "neurology_e_is_1": Coding("frankel", neurology_e_is_1),
    "mrc_words": Coding("leg_motor_grade", mrc_words),
    "escc_words": Coding("escc_grade", escc_words, _SEVERAL),
    "vertebra_words": Coding(
        "level", vertebra_words, "several levels in one cell: the index level is not known"
    ),
    "sins_words": Coding("sins_total", sins_words, "a class of instability: the total is not known"),
}

__all__ = ["CODINGS", "Coding"]
