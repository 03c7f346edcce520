"""Raw cells to canonical values, one rule at a time, with the count that the trail keeps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.cohorts import import_table
from spinesurv.cohorts.cells import date_pattern, dates, numbers, plain_code
from spinesurv.errors import InputError
from tests.cohorts.files import mapped, one_clear_sentence


def imported(folder, column, cells, rule, table=""):
    """One raw column `x` through one rule, beside row numbers as identifiers."""
    rows = "".join(f"{cell};\n" for cell in cells)
    text = f'patient_id = {{ row = true }}\nsite = "s"\n{table}\n[columns.{column}]\nfrom = "x"\n{rule}'
    return import_table(mapped(folder, "x;y\n" + rows, text))


SEMICOLON = 'delimiter = ";"'
COMMA = SEMICOLON + '\ndecimal = ","'


def problems(result):
    return dict(zip(result.problems["rule"], result.problems["count"], strict=True))


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("3.8", ".", 3.8), ("3,8", ".", np.nan), ("3,8", ",", 3.8), ("8.200", ",", np.nan),
        ("-1e2", ".", -100.0), ("<5", ".", np.nan), ("inf", ".", np.nan), ("nan", ".", np.nan),
        ("1_000", ".", np.nan), ("5.", ".", 5.0), (".5", ".", 0.5), ("1e999", ".", np.nan), ("٣", ".", np.nan),
    ],
)  # fmt: skip
def test_numbers_are_read_under_the_declared_decimal_sign_only(text, decimal, value):
    found = numbers(pd.Series([text], dtype=object), decimal)
    np.testing.assert_array_equal(found, [value])


def test_codes_compare_as_numbers_where_they_are_numbers():
    assert [plain_code(c) for c in ("1.0", " 01 ", "-99.00", "1.5", "I", 2, True)] == [
        "1", "1", "-99", "1.5", "I", "2", "True",
    ]  # fmt: skip


def test_dates_follow_the_format_and_nothing_else():
    text = pd.Series(["03/04/2019", "13/04/2019", "", "9999-12-31"], dtype=object)
    found = dates(text, date_pattern("m/d/Y", where="test"))
    assert found.isna().tolist() == [False, True, True, True]
    assert found[0] == pd.Timestamp(2019, 3, 4)
    assert dates(pd.Series(["9999-12-31"], dtype=object)).isna().all()


def test_unit_and_decimal_comma(tmp_path):
    result = imported(tmp_path, "albumin", ["38", "41,5", "4.1", ""], 'unit = "g/L"', COMMA)
    np.testing.assert_allclose(result.canonical["albumin"], [3.8, 4.15, np.nan, np.nan], rtol=1e-12)
    assert problems(result) == {"not_a_number": 1}


def test_values_outside_the_range_are_emptied_counted_and_the_likely_unit_is_named(tmp_path):
    result = imported(tmp_path, "albumin", ["38", "41", "3.9"], "", SEMICOLON)
    assert result.canonical["albumin"].isna().tolist() == [True, True, False]
    assert problems(result) == {"out_of_range": 2}
    finding = next(f for f in result.audit if f.rule == "out_of_range")
    assert "2 of 3 filled cells of albumin" in finding.what
    assert "g/L" in finding.do


@pytest.mark.parametrize(("column", "dead"), [("ecog", "5"), ("kps", "0")])
def test_the_grade_of_the_dead_is_refused_at_time_zero(tmp_path, column, dead):
    result = imported(tmp_path, column, ["1", dead, dead], "", SEMICOLON)
    assert result.canonical[column].isna().tolist() == [False, True, True]
    finding = next(f for f in result.audit if f.column == column and f.severity == "needs_an_answer")
    assert finding.count == 2


def test_ecog_takes_whole_grades_only(tmp_path):
    result = imported(tmp_path, "ecog", ["1.0", "0.5", "9", "4"], "", SEMICOLON)
    assert result.canonical["ecog"].tolist() == [1, pd.NA, pd.NA, 4]
    assert sum(problems(result).values()) == 2


def test_recoded_numbers_are_canonical_and_take_no_unit(tmp_path):
    result = imported(tmp_path, "albumin", ["low", "40"], 'unit = "g/L"\nvalues = { low = 2.5 }', SEMICOLON)
    np.testing.assert_allclose(result.canonical["albumin"], [2.5, 4.0], rtol=1e-12)


def test_yes_no_is_read_in_any_case_and_other_words_are_not(tmp_path):
    result = imported(tmp_path, "bone_mets", ["YES", "False", "1", "0.0", "no", ""], "", SEMICOLON)
    assert result.canonical["bone_mets"].tolist()[:5] == ["yes", "no", "yes", "no", "no"]
    with pytest.raises(InputError, match="bone_mets"):
        imported(tmp_path, "bone_mets", ["ja", "no"], "", SEMICOLON)


def test_none_is_a_level_and_declared_codes_are_gaps(tmp_path):
    cells = ["none", "?", "NA", "resectable", "-99.0"]
    result = imported(
        tmp_path, "visceral_mets", cells, 'missing = ["?"]', SEMICOLON + '\nmissing = ["NA", -99]'
    )
    assert result.canonical["visceral_mets"].fillna("").tolist() == ["none", "", "", "resectable", ""]
    assert int(result.trail.query("rule == 'declared missing'")["count"].sum()) == 3


def test_uncovered_codes_are_named_from_five_rows_on_and_only_counted_below(tmp_path):
    cells = ["lung ca"] * 5 + ["Quetzalcoatl", "55.4321", "breast"]
    with pytest.raises(InputError) as refusal:
        imported(tmp_path, "primary_tumor", cells, "", SEMICOLON)
    message = str(refusal.value)
    one_clear_sentence(message)
    assert "7 of 8 cells, 'lung ca' in 5 rows, 2 further codes in 2 rows" in message
    assert 'values = { "code" = "level" }' in message and "rule" not in message
    with pytest.raises(InputError, match="Read by rule = 'tumour_words'"):
        imported(tmp_path, "primary_tumor", ["lung ca", "Mamma-Ca", "breast"], "", SEMICOLON)
    with pytest.raises(InputError, match="Read by rule = 'neurology_a_is_1' or 'neurology_e_is_1'"):
        imported(tmp_path, "frankel", ["1", "5", "3"], "", SEMICOLON)


def test_identifiers_and_free_text_stay_as_they_are(tmp_path):
    path = mapped(
        tmp_path, "no,x\n007,0.2 mg\n7,NA\n", 'patient_id = "no"\n[columns.treatment_detail]\nfrom = "x"\n'
    )
    result = import_table(path)
    assert result.canonical["patient_id"].tolist() == ["007", "7"]
    assert result.canonical["treatment_detail"].tolist() == ["0.2 mg", "NA"]


def test_sites_are_renamed_and_identifiers_formatted(tmp_path):
    text = (
        'site = { from = "h", values = { "1" = "north" } }\n'
        'patient_id = { from = "no", format = "{site}-{id:0>4}" }\n[columns.age]\nfrom = "x"\n'
    )
    result = import_table(mapped(tmp_path, "h,no,x\n1,7,50\n2,7,60\n", text))
    assert result.canonical[["site", "patient_id"]].to_numpy().tolist() == [
        ["north", "north-0007"],
        ["2", "2-0007"],
    ]


def test_a_raw_column_with_the_name_of_a_variable_is_not_used_without_a_rule(tmp_path):
    text = 'patient_id = "no"\n[columns.age]\nfrom = "years"\n'
    result = import_table(mapped(tmp_path, "no,years,albumin,stage\n1,50,38,IV\n", text))
    assert "albumin" not in result.cohort.patients
    assert result.cohort.patients["albumin (unmapped)"].tolist() == ["38"]
    assert result.cohort.patients["stage"].tolist() == ["IV"]
    assert "unmapped_variable" in {f.rule for f in result.audit}


def test_a_body_mass_index_out_of_weight_and_height(tmp_path):
    """80 kg and 200 cm are 20 kg/m2. Height in metres by mistake, a weight of 800 and a word are counted, and empty."""
    table = "id,kg,cm\n1,80,200\n2,80,2.0\n3,800,180\n4,x,180\n5,,180\n6,80,-9\n7,80,200\n"
    rules = 'patient_id = "id"\nmissing = ["-9"]\n[columns.bmi]\nweight = "kg"\nheight = { from = "cm", unit = "cm" }\n'
    result = import_table(mapped(tmp_path, table, rules))
    np.testing.assert_allclose(result.canonical["bmi"], [20, *[np.nan] * 5, 20], rtol=1e-12)
    assert result.problems[["rule", "count"]].to_numpy().tolist() == [
        ["not_a_number", 1],
        ["out_of_range", 2],
    ]
    steps = dict(zip(result.trail["rule"], result.trail["count"], strict=True))
    assert steps["weight in kg over the square of the height in m"] == 2
    metres = rules.replace('unit = "cm"', 'unit = "m"')
    np.testing.assert_allclose(
        import_table(mapped(tmp_path, table, metres)).canonical["bmi"][1], 20, rtol=1e-12
    )
    with pytest.raises(InputError, match='unit of the height, "cm" or "m"'):
        import_table(mapped(tmp_path, table, rules.replace(', unit = "cm"', "")))


def test_neutrophils_as_a_percentage_of_the_white_cells(tmp_path):
    """70 % of 8,000 per uL are 5.6 x 10^9/L; without white cells the percentage says nothing, and 170 is none."""
    table = "id,wbc,neut,lymph\n1,8000,70,20\n2,,70,20\n3,8000,170,x\n4,8000,,20\n"
    rules = """patient_id = "id"
[columns]
wbc = { from = "wbc", unit = "/uL" }
neutrophils = { from = "neut", unit = "%" }
lymphocytes = { from = "lymph", unit = "%" }
"""
    result = import_table(mapped(tmp_path, table, rules))
    np.testing.assert_allclose(result.canonical["neutrophils"], [5.6, np.nan, np.nan, np.nan], rtol=1e-12)
    np.testing.assert_allclose(result.canonical["lymphocytes"], [1.6, np.nan, np.nan, 1.6], rtol=1e-12)
    assert result.problems[["column", "rule", "count"]].to_numpy().tolist() == [
        ["neutrophils", "out_of_range", 1], ["lymphocytes", "not_a_number", 1],
        ["neutrophils", "no_whole", 1], ["lymphocytes", "no_whole", 1],
    ]  # fmt: skip
    with pytest.raises(InputError, match="a percentage of wbc needs a rule for wbc"):
        import_table(mapped(tmp_path, table, rules.replace('wbc = { from = "wbc", unit = "/uL" }\n', "")))


def test_reasons_of_gaps_stand_at_their_own_patients(tmp_path):
    """Equal cells are worked out once; every patient with one has the reason, also where a column has two kinds."""
    table = "id,n\n1,2\n2,0\n3,-9\n4,2\n5,0\n6,-9\n7,0\n"
    rules = 'patient_id = "id"\n[columns.n_spine_mets]\nfrom = "n"\nmissing = { "-9" = "not counted" }\n'
    gaps = import_table(mapped(tmp_path, table, rules)).gaps.sort_values("patient_id")
    assert gaps["patient_id"].tolist() == ["2", "3", "5", "6", "7"]
    assert [reason.split(":")[0] for reason in gaps["reason"]] == [
        "outside the population", "not counted", "outside the population", "not counted", "outside the population",
    ]  # fmt: skip


def test_months_without_a_day_never_turn_the_order_of_two_dates(tmp_path):
    """By hand: 20 March 2019 to "2019-04" is 26 days (15 April); to "2019-03" half of the 11 days that are left; "2019-03" to 9 March
    half of the 8 days before; "2019-03" to "2019-03" half of the 16 days after the 15th."""
    table = "id,op,last,dead\n1,2019-03-20,2019-04,1\n2,2019-03-20,2019-03,1\n3,2019-03,2019-03-09,0\n4,2019-03,2019-03,0\n5,2019-03-20,2019-02,1\n"
    rules = """patient_id = "id"
site = "s"
[outcome]
time_zero = "surgery"
start = { from = "op", format = ["YYYY-MM-DD", "YYYY-MM"], day = 15 }
end = { from = "last", format = ["YYYY-MM-DD", "YYYY-MM"], day = 15 }
event = { from = "dead", dead = ["1"], alive = ["0"] }
"""
    result = import_table(mapped(tmp_path, table, rules))
    assert result.canonical["time_days"].tolist() == [26.0, 5.0, 4.0, 8.0]
    assert result.refused["reason"].tolist() == ["death before the start date"]
    steps = dict(zip(result.trail["rule"], result.trail["count"], strict=True))
    assert steps["month without a day"] == 5
    assert (
        steps["month without a day, in the month of the other date: half of the days that can lie between"]
        == 3
    )


def test_months_in_a_column_of_dates_need_a_day_that_is_said(tmp_path):
    table = "id,op\n1,03/2019\n2,4/2020\n3,04.03.2019\n"
    rules = (
        'patient_id = "id"\n[columns.index_date]\nfrom = "op"\nformat = ["MM/YYYY", "DD.MM.YYYY"]\nday = 15\n'
    )
    result = import_table(mapped(tmp_path, table, rules))
    assert result.canonical["index_date"].tolist() == ["2019-03-15", "2020-04-15", "2019-03-04"]
    for wrong, says in [
        (rules.replace("day = 15", "day = 31"), "a whole number from 1 to 28"),
        (rules.replace('["MM/YYYY", "DD.MM.YYYY"]', '"DD.MM.YYYY"'), "day is for months without one"),
        (rules.replace("day = 15\n", ""), "does not name year, month and day once each"),
    ]:
        with pytest.raises(InputError, match=says) as refusal:
            import_table(mapped(tmp_path, table, wrong))
        one_clear_sentence(str(refusal.value))


@pytest.mark.parametrize(
    ("column", "rule", "cells", "values", "reason"),
    [
        ("ecog", "ecog_words", ["0-1", "2", "PS 3", "≥3"], [np.nan, 2, 3, np.nan], "several grades"),
        ("escc_grade", "escc_words", ["low", "1b", "high", "2"], [None, "1b", None, "2"], "several grades"),
        ("sins_total", "sins_words", ["stable", "9", "7-12", "18"], [np.nan, 9, np.nan, 18], "a class of instability"),
    ],
)  # fmt: skip
def test_several_grades_in_one_code_are_a_gap_with_its_reason(tmp_path, column, rule, cells, values, reason):
    result = imported(tmp_path, column, cells, f'rule = "{rule}"', SEMICOLON)
    got = result.canonical[column].astype(object).where(result.canonical[column].notna(), None)
    assert list(got) == [None if value is None or value != value else value for value in values]
    gaps = result.gaps[result.gaps["column"] == column]
    assert len(gaps) == 2 and gaps["reason"].str.startswith(reason).all()


def test_dates_that_were_read_are_counted_with_their_format(tmp_path):
    result = imported(
        tmp_path, "index_date", ["04.03.2019", "31.12.2018", "2019"], 'format = "DD.MM.YYYY"', SEMICOLON
    )
    steps = {(row["column"], row["rule"]): row["count"] for row in result.trail.to_dict("records")}
    assert steps["index_date", "date read as %d.%m.%Y"] == 2
    assert problems(result) == {"not_a_date": 1}
