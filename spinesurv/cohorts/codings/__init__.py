"""Codings: rules that a mapping file may name for a column (`rule = "icd10"`), each cell by cell and without guessing."""

from collections.abc import Callable

from spinesurv.cohorts.codings.grades import (
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
from spinesurv.cohorts.codings.tumours import icd10, icd_o_3, tumour_words

#: name -> (variable that it is for, cell -> canonical value; "" = missing, None = not read)
CODINGS: dict[str, tuple[str, Callable[[str], str | None]]] = {
    "icd10": ("primary_tumor", icd10),
    "icd_o_3": ("primary_tumor", icd_o_3),
    "tumour_words": ("primary_tumor", tumour_words),
    "ecog_words": ("ecog", ecog_words),
    "kps_percent": ("kps", kps_percent),
    "kps_tens": ("kps", kps_tens),
    "neurology_letter": ("frankel", neurology_letter),
    "neurology_a_is_1": ("frankel", neurology_a_is_1),
    "neurology_e_is_1": ("frankel", neurology_e_is_1),
    "mrc_words": ("leg_motor_grade", mrc_words),
    "escc_words": ("escc_grade", escc_words),
    "sins_words": ("sins_total", sins_words),
}

__all__ = ["CODINGS"]
