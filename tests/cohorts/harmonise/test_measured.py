"""Numbers with signs, units and marks; mixtures of units; thousands; dates in several forms; ends of follow-up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv import units
from spinesurv.cohorts import import_table
from spinesurv.cohorts.cells import dates
from spinesurv.cohorts.harmonise.measured import measured, without_thousands
from spinesurv.errors import InputError
from tests.cohorts.files import mapped, one_clear_sentence
from tests.cohorts.harmonise.test_harmonise import COMMA, SEMICOLON, imported, problems


def factor(unit):
    if unit == "g/L":
        return 0.1
    raise InputError("no")


@pytest.mark.parametrize(
    ("cell", "decimal", "value", "unit", "limit", "flagged"),
    [
        ("<5", ".", 5.0, "", True, False), (">= 100", ".", 100.0, "", True, False), ("12.1*", ".", 12.1, "", False, True),
        ("3.2H", ".", 3.2, "", False, True), ("3,2 L", ",", 3.2, "", False, True), ("38 g/L", ".", 3.8, "g/L", False, False),
        ("<5 g/L", ".", 0.5, "g/L", True, False), ("３８", ".", 38.0, "", False, False), ("38 stone", ".", np.nan, "", False, False),
        ("3-4", ".", np.nan, "", False, False), ("ca. 5", ".", np.nan, "", False, False), ("3,2", ".", np.nan, "", False, False),
        ("8.200", ",", np.nan, "", False, False), ("", ".", np.nan, "", False, False), ("5 5", ".", np.nan, "", False, False),
    ],
)  # fmt: skip
def test_one_cell(cell, decimal, value, unit, limit, flagged):
    found = measured(pd.Series([cell], dtype=object), decimal, factor)
    np.testing.assert_allclose(found.value, [value], rtol=1e-12)
    if not np.isnan(value):
        assert (found.own_unit[0], found.limit[0], found.flagged[0]) == (unit, limit, flagged)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("7.1 10^9/L", 7.1), ("7.1 10*3/uL", 7.1), ("7.1 x10⁹/L", 7.1), ("7.1 10⁹/L", 7.1), ("7100 /mm3", 7.1), ("7.1 K/µL", 7.1),
        ("0.71 10^4/uL", 7.1), ("7.1 10E9/L", 7.1), ("7.1 G/L", 7.1), ("7.1 10^3/mm³", 7.1), ("7.1 10", np.nan), ("7 10^7/L", np.nan),
    ],
)  # fmt: skip
def test_units_that_begin_with_a_power_of_ten(cell, value):
    """10⁹ is not 109, and "7.1 10^9/L" is one number with its unit."""
    found = measured(pd.Series([cell], dtype=object), ".", lambda unit: units.factor("wbc", "10^9/L", unit))
    np.testing.assert_allclose(found.value, [value], rtol=1e-12)


@pytest.mark.parametrize(
    ("cell", "sign", "left"),
    [
        ("8.200", ".", "8200"), ("1.234.567,5", ".", "1234567,5"), ("3.8", ".", "3.8"), ("12.34", ".", "12.34"),
        ("8,200", ",", "8200"), ("3,8", ",", "3,8"), ("8 200", " ", "8200"), ("1234.567", ".", "1234.567"),
        ("<8.200", ".", "<8200"), ("8.2000", ".", "8.2000"),
    ],
)  # fmt: skip
def test_thousands_stand_between_groups_of_three(cell, sign, left):
    assert without_thousands(pd.Series([cell], dtype=object), sign)[0] == left


def steps(result, column):
    rows = result.trail[(result.trail["column"] == column) & (result.trail["count"] > 0)]
    return dict(zip(rows["rule"], rows["count"], strict=True))


def test_pseudo_numbers_are_read_and_counted(tmp_path):
    result = imported(tmp_path, "crp", ["<0.5", "12.1*", "3.2 H", "38 mg/L", "soon", "2"], "", SEMICOLON)
    np.testing.assert_allclose(result.canonical["crp"], [0.5, 12.1, 3.2, 3.8, np.nan, 2.0], rtol=1e-12)
    assert problems(result) == {"not_a_number": 1}
    assert steps(result, "crp") == {
        "unit in the cell: mg/L, multiplied by 0.1": 1,
        "limit of the method: taken as the limit itself": 1,
        "mark behind the number left out": 2,
        "read as numbers": 5,
    }
    assert {f.rule: f.count for f in result.audit if f.column == "crp"} == {
        "limit_of_method": 1, "not_a_number": 1,
    }  # fmt: skip


def test_german_leucocytes_with_a_thousands_point(tmp_path):
    rule = 'unit = "per uL"'
    result = imported(tmp_path, "wbc", ["8.200", "12.400", "900"], rule, COMMA + '\nthousands = "."')
    np.testing.assert_allclose(result.canonical["wbc"], [8.2, 12.4, 0.9], rtol=1e-12)
    assert steps(result, "wbc")["thousands sign left out"] == 2
    assert problems(imported(tmp_path, "wbc", ["8.200", "900"], rule, COMMA)) == {"not_a_number": 1}


def test_a_mixture_of_units_is_told_apart_by_size_where_a_person_says_so(tmp_path):
    rule = 'unit = { ranges = { "g/dL" = [0, 7], "g/L" = [10, 70] } }'
    result = imported(tmp_path, "albumin", ["3.8", "38", "8", ">45"], rule, SEMICOLON)
    np.testing.assert_allclose(result.canonical["albumin"], [3.8, 3.8, np.nan, 4.5], rtol=1e-12)
    assert problems(result) == {"no_unit": 1}
    assert steps(result, "albumin")["10 to below 70: unit g/L, multiplied by 0.1"] == 1


def test_units_by_another_column(tmp_path):
    rule = 'unit = { from = "y", values = { "1" = "g/L", "2" = "g/dL" } }'
    text = f'patient_id = {{ row = true }}\nsite = "s"\n[columns.albumin]\nfrom = "x"\n{rule}\n'
    result = import_table(mapped(tmp_path, "x,y\n38,1\n3.8,2.0\n3.8,3\n", text))
    np.testing.assert_allclose(result.canonical["albumin"], [3.8, 3.8, np.nan], rtol=1e-12)
    assert problems(result) == {"no_unit": 1}
    assert "y" not in result.canonical


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ('unit = { ranges = { "g/dL" = [0, 20], "g/L" = [10, 70] } }', "ranges of units overlap"),
        ('unit = { ranges = { "g/dL" = [7, 0] } }', r"must be \[from, below\]"),
        ('unit = { from = "y" }', "unit is a text"),
        ("unit = 3", "unit must be a text"),
        ('rule = "icd10"', "unknown rule for albumin 'icd10'"),
        ("format = 3", "format is for dates"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(tmp_path, rule, says):
    with pytest.raises(InputError, match=says) as refusal:
        imported(tmp_path, "albumin", ["3.8"], rule, SEMICOLON)
    one_clear_sentence(str(refusal.value))


def test_dates_of_one_column_in_three_forms(tmp_path):
    """A date cell, the serial number of the same day, and text: 43528 is 2019-03-04."""
    rule = 'format = ["YYYY-MM-DD", "excel", "YYYY/MM/DD"]'
    cells = ["2019-03-04", "43528", "2019/3/4", "March"]
    result = imported(tmp_path, "index_date", cells, rule, SEMICOLON)
    assert result.canonical["index_date"].fillna("").tolist() == ["2019-03-04"] * 3 + [""]
    assert problems(result) == {"not_a_date": 1}


def test_a_date_that_two_formats_read_differently_is_none():
    text = pd.Series(["03/04/2019", "13/04/2019", "04/04/2019"], dtype=object)
    found = dates(text, ("%d/%m/%Y", "%m/%d/%Y"))
    assert found.isna().tolist() == [True, False, False]
    assert dates(pd.Series(["43528", "42066"], dtype=object), ("excel",))[0] == pd.Timestamp(2019, 3, 4)
    # the 1904 system is 1,462 days behind
    assert dates(pd.Series(["42066"], dtype=object), ("excel 1904",))[0] == pd.Timestamp(2019, 3, 4)


OUTCOME = """patient_id = "id"
site = "s"
[outcome]
time_zero = "surgery"
start = { from = "op" }
end = { from = ["death", "seen"], closing = "2020-01-01" }
event = { from = "death", filled = "dead" }
"""
TABLE = "id,op,death,seen,ref\n1,2019-01-01,2019-01-11,,2019-01-05\n2,2019-01-01,,2019-03-02,2018-12-01\n3,2019-01-01,,,\n"


def test_death_by_its_date_and_a_closing_date_for_the_living(tmp_path):
    result = import_table(mapped(tmp_path, TABLE, OUTCOME))
    assert result.cohort.outcome.time_days.tolist() == [10, 60, 365]
    assert result.cohort.outcome.event.tolist() == [True, False, False]
    assert steps(result, "time_days")["alive without a date: followed to 2020-01-01"] == 1
    assert steps(result, "event") == {"filled is died (1)": 1, "empty is alive at last contact (0)": 2}


def test_a_closing_date_is_for_the_living_alone(tmp_path):
    """A death without a date has no time, whatever the day of closing."""
    text = OUTCOME.replace(
        '{ from = "death", filled = "dead" }', '{ from = "ref", dead = ["d"], alive = ["a"] }'
    )
    table = "id,op,death,seen,ref\n1,2019-01-01,,,d\n2,2019-01-01,,,a\n3,2019-01-01,2019-01-05,,d\n"
    result = import_table(mapped(tmp_path, table, text))
    assert result.canonical["time_days"].fillna(-1).tolist() == [-1, 365, 4]
    assert steps(result, "time_days")["alive without a date: followed to 2020-01-01"] == 1


def test_left_truncation_from_an_entry_date(tmp_path):
    """Referred on day 4; before the operation, which is day 0; and not known, which is observed from day 0."""
    result = import_table(mapped(tmp_path, TABLE, OUTCOME + 'entry = { from = "ref" }\n'))
    assert result.cohort.outcome.entry_days.tolist() == [4, 0, 0]
    with pytest.raises(InputError, match="entry is a date and needs start"):
        text = 'patient_id = "id"\n[outcome]\ntime = "op"\nevent = "death"\nentry = { from = "ref" }\n'
        import_table(mapped(tmp_path, TABLE, text))


def test_tumours_by_code_beside_named_values(tmp_path):
    cells = ["C50.9", "C34.1", "C80.9", "elsewhere"]
    rule = 'rule = "icd10"\nvalues = { elsewhere = "other" }'
    result = imported(tmp_path, "primary_tumor", cells, rule, SEMICOLON)
    assert result.canonical["primary_tumor"].fillna("").tolist() == ["breast", "lung_nos", "", "other"]
    assert steps(result, "primary_tumor")["rule icd10: missing"] == 1
    with pytest.raises(InputError, match="1 of 5 cells, 1 codes in 1 rows"):
        imported(tmp_path, "primary_tumor", [*cells, "C79.5"], rule, SEMICOLON)


def test_topography_with_morphology_beside(tmp_path):
    text = (
        'patient_id = { row = true }\nsite = "s"\n[columns.primary_tumor]\nfrom = "t"\nbeside = "m"\n'
        'rule = "icd_o_3"\n'
    )
    result = import_table(mapped(tmp_path, "t,m\nC34.1,8070/3\nC34.1,8041/3\nC50.9,\n,8500/3\n", text))
    assert result.canonical["primary_tumor"].fillna("").tolist() == ["lung_nsclc", "lung_sclc", "breast", ""]


def test_grades_by_rule(tmp_path):
    result = imported(tmp_path, "ecog", ["ECOG 2", "III", "0"], 'rule = "ecog_words"', SEMICOLON)
    assert result.canonical["ecog"].tolist() == [2, 3, 0]
    result = imported(tmp_path, "kps", ["7", "10"], 'rule = "kps_tens"', SEMICOLON)
    assert result.canonical["kps"].tolist() == [70, 100]
    result = imported(tmp_path, "frankel", ["1", "5"], 'rule = "neurology_e_is_1"', SEMICOLON)
    assert result.canonical["frankel"].tolist() == ["E", "A"]
