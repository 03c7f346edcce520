"""Codings against the tables of the codebook and of ICD-10; cases are codes with a known meaning."""

from __future__ import annotations

import pytest

from spinesurv.cohorts.codings import CODINGS
from spinesurv.core.codebook import codebook


def read(rule, cell):
    return CODINGS[rule][1](cell)


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("C50", "breast"), ("C50.9", "breast"), ("c509", "breast"), ("C61", "prostate"), ("C34.1", "lung_nos"),
        ("C64", "kidney"), ("C22.0", "liver"), ("C22.1", "gallbladder_biliary"), ("C20", "rectum"), ("C11.9", "nasopharynx"),
        ("C12", "head_neck"), ("C57.0", "ovary"), ("C57.1", "other"), ("C48.0", "sarcoma_soft_tissue"), ("C48.1", "other"),
        ("C75.5", "adrenal"), ("C75.1", "other"), ("C90.0", "multiple_myeloma"), ("C83.3", "lymphoma"), ("C92.0", "leukemia"),
        ("C41.2", "sarcoma_bone_other"), ("C80.0", "unknown_primary"), ("C80.9", ""), ("C76", ""), ("C79.5", None),
        ("C38.1", "other"), ("D05", None), ("breast", None), ("C5", None), ("", None),
    ],
)  # fmt: skip
def test_icd_10(code, key):
    assert read("icd10", code) == key


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("C34.1 8070/3", "lung_nsclc"), ("C34.1 8041/3", "lung_sclc"), ("C34.9 8000/3", "lung_nos"), ("C34.9", "lung_nos"),
        ("C34.3 8240/3", "carcinoid_net"), ("C25.4 8246/3", "neuroendocrine_carcinoma"), ("C61.9 8140/3", "prostate"),
        ("C69.3;8720/3", "melanoma"), ("C41.2 9180/3", "osteosarcoma"), ("C41.2 9260/3", "sarcoma_bone_other"),
        ("C22.0 9133/3", "hemangioendothelioma"), ("C38.4 9050/3", "mesothelioma"), ("C77.0 9680/3", "lymphoma"),
        ("C42.1 9732/3", "multiple_myeloma"), ("C53.9 8013/3", "neuroendocrine_carcinoma"), ("8070/3", None),
    ],
)  # fmt: skip
def test_icd_o_3(code, key):
    assert read("icd_o_3", code) == key


def test_every_plain_code_of_the_codebook_is_read():
    """Each key whose ICD-10 column begins with a plain code is reached from that code."""
    for tumour in codebook().primary_tumors:
        first = tumour.icd10.split(",")[0].split(";")[0].strip()
        if "C40" not in first and len(first) <= 5 and first.startswith("C"):
            assert read("icd10", first) == tumour.key


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("Breast cancer", "breast"), ("HCC", "liver"), ("Melanom", "melanoma"), ("Ösophagus", "esophagus"), ("Speiseröhre", "esophagus"),
        ("oesophagus", "esophagus"), ("malignant lymphoma", "lymphoma"), ("unknown", None), ("mm", None), ("", None),
        ("prostate_", "prostate"), ("lung_nsclc", "lung_nsclc"), ("Quetzalcoatl", None),
        ("Mamma-Ca", "breast"), ("Nierenzell-Ca", "kidney"), ("Harnblasenkarzinom", "bladder"), ("colon ca", "colon"), ("invasive ductal carcinoma, breast", "breast"),
        ("Lung adeno ca", "lung_nsclc"), ("Adeno-Ca Lunge", "lung_nsclc"), ("kleinzelliges Bronchial-Ca", "lung_sclc"), ("non small cell ca of the lung", "lung_nsclc"),
        ("결장암", "colon"), ("림프종", "lymphoma"), ("胃腺癌", "stomach"), ("乳腺癌", "breast"), ("その他", "other"), ("Polmone", "lung_nos"), ("longcarcinoom", "lung_nos"),
        ("liver metastasis", None), ("lung metastases", None), ("prostate sarcoma", None), ("lung neuroendocrine", None), ("adenocarcinoma", None),
        ("small cell prostate cancer", None), ("thyroid lymphoma", None), ("onbekend", None), ("primary unknown", None), ("cancer", None), ("癌", None),
    ],
)  # fmt: skip
def test_words_of_the_codebook_and_no_others(words, key):
    assert read("tumour_words", words) == key


@pytest.mark.parametrize(
    ("rule", "cell", "value"),
    [
        ("ecog_words", "ECOG 2", "2"), ("ecog_words", "PS: III", "3"), ("ecog_words", "0", "0"), ("ecog_words", "1.0", "1"),
        ("ecog_words", "0-1", ""), ("ecog_words", "≥3", ""), ("ecog_words", "2 bis 4", ""), ("ecog_words", "6", None), ("ecog_words", "WHO IV", "4"), ("ecog_words", "２", "2"), ("ecog_words", "PS 3級", "3"), ("ecog_words", "2등급", "2"), ("ecog_words", "12", None),
        ("asa_words", "ASA III", "3"), ("asa_words", "2E", "2"), ("asa_words", "6", None), ("asa_words", "II-III", None),
        ("kps_tens", "7", "70"), ("kps_tens", "10", "100"), ("kps_tens", "70", None),
        ("kps_percent", "70 %", "70"), ("kps_percent", "KPS=100%", "100"), ("kps_percent", "110", None), ("kps_percent", "70점", "70"), ("kps_percent", "８０", "80"),
        ("neurology_letter", "Frankel C", "C"), ("neurology_letter", "ais d", "D"), ("neurology_letter", "F", None), ("neurology_letter", "D级", "D"),
        ("neurology_a_is_1", "1", "A"), ("neurology_e_is_1", "1", "E"), ("neurology_e_is_1", "5", "A"),
        ("neurology_a_is_1", "6", None),
    ],
)  # fmt: skip
def test_grades(rule, cell, value):
    assert read(rule, cell) == value


@pytest.mark.parametrize(
    ("cell", "level"),
    [
        ("Th12", "T12"), ("BWK 3", "T3"), ("D5", "T5"), ("HWK7", "C7"), ("L-3", "L3"), ("第12胸椎", "T12"), ("胸椎4", "T4"), ("흉추 11", "T11"),
        ("12番胸椎", "T12"), ("T12-L1", ""), ("BWK 3/4", ""), ("C8", None), ("L6", None), ("thoracic", None), ("T0", None), ("C0", "C0"), ("12", None),
    ],
)  # fmt: skip
def test_vertebral_levels(cell, level):
    assert read("vertebra_words", cell) == level


@pytest.mark.parametrize("rule", CODINGS)
def test_a_coding_gives_what_its_variable_allows(rule):
    variable = codebook()[CODINGS[rule][0]]
    cells = ["C50", "C34.1 8070/3", "lung", "Th3", "ECOG 2", "70", "7", "C", "3", "x"]
    given = {CODINGS[rule][1](cell) for cell in cells} - {None, ""}
    assert given
    assert not variable.levels or given <= set(variable.levels)


@pytest.mark.parametrize(
    ("rule", "cell", "value"),
    [
        ("mrc_words", "4/5", "4"), ("mrc_words", "MRC 3", "3"), ("mrc_words", "M4", "4"), ("mrc_words", "4+", "4"),
        ("mrc_words", "4-", "4"), ("mrc_words", "5.0", "5"), ("mrc_words", "6", None), ("mrc_words", "3-4", None), ("mrc_words", "4/10", None),
        ("escc_words", "1b", "1b"), ("escc_words", "ESCC 1C", "1c"), ("escc_words", "Bilsky grade 2", "2"), ("escc_words", "Ib", "1b"),
        ("escc_words", "III", "3"), ("escc_words", "0", "0"), ("escc_words", "3.0", "3"), ("escc_words", "1", ""),
        ("escc_words", "high", ""), ("escc_words", "low-grade", ""), ("escc_words", "2-3", ""), ("escc_words", "very high", None), ("escc_words", "1e2", None), ("escc_words", "4", None),
        ("sins_words", "SINS 9", "9"), ("sins_words", "12/18", "12"), ("sins_words", "9 points", "9"), ("sins_words", "18", "18"),
        ("sins_words", "19", None), ("sins_words", "7-12", ""), ("sins_words", "stable", ""), ("sins_words", "potentially unstable", ""), ("sins_words", "instabil", ""), ("sins_words", "12/15", None),
    ],
)  # fmt: skip
def test_power_compression_and_instability_as_hospitals_write_them(rule, cell, value):
    assert read(rule, cell) == value
