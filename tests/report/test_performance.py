from __future__ import annotations

import numpy as np
import pandas as pd

from spinesurv.report.performance import COLUMNS_PER_TABLE, contrast_tables, performance_tables, silences
from tests.figures.fixtures import MANY_SYSTEMS, SITES, SYSTEMS, performance_table


def one(table, label):
    return next(line for line in table.lines if line.label == label)


def test_one_block_per_horizon_in_the_order_of_the_labels():
    turned = dict(reversed(SYSTEMS.items()))
    tables = performance_tables(performance_table(metrics=("uno_c", "brier")), turned)
    assert [t.heading for t in tables] == ["42 days", "90 days", "180 days", "365 days"]
    assert all(t.over == "pooled over sites" for t in tables)
    assert [line.label for line in tables[0].lines] == list(turned.values())
    assert tables[0].measures == ["Uno's C", "Brier score"]


def test_measures_stand_by_topic_and_many_are_cut_into_even_blocks():
    tables = performance_tables(performance_table(horizons=(90.0,)), SYSTEMS)
    assert [t.topic for t in tables] == ["Ranking and overall accuracy", "Calibration"]
    assert [t.heading for t in tables] == ["90 days"] * 2
    assert [t.calibration for t in tables] == [False, True]
    many = [f"measure_{k}" for k in range(COLUMNS_PER_TABLE + 1)]
    one = performance_table(horizons=(90.0,), metrics=("brier",))
    parts = performance_tables(pd.concat([one.assign(metric=m) for m in many]), SYSTEMS)
    assert [m for t in parts for m in t.measures] == [m.replace("_", " ") for m in many]
    assert [t.heading for t in parts] == ["90 days (part 1 of 2)", "90 days (part 2 of 2)"]
    assert max(len(t.measures) for t in parts) <= COLUMNS_PER_TABLE


def test_equal_reasons_share_a_footnote():
    table = performance_table(MANY_SYSTEMS, horizons=(90.0,), metrics=("uno_c", "brier"))
    pooled = table["site"] == "pooled"
    gaps = ["value", "low", "high", "pi_low", "pi_high"]
    for model, reason in (("tomita", "a"), ("bollen", "b"), ("nesms", "a")):
        rows = pooled & (table["model"] == model) & (table["metric"] == "brier")
        table.loc[rows, gaps] = np.nan
        table.loc[rows, ["status", "reason"]] = ["gap", reason]
    (made,) = performance_tables(table, MANY_SYSTEMS)
    assert made.notes == ["a", "b"]
    assert [one(made, MANY_SYSTEMS[m]).cells[1].note for m in ("tomita", "bollen", "nesms")] == [1, 2, 1]
    assert one(made, "Tomita").cells[1].value == "—" and one(made, "Tomita").cells[0].note == 0


def test_a_measure_that_a_system_does_not_have_is_a_gap_with_a_reason():
    table = performance_table(horizons=(90.0,), metrics=("uno_c", "brier"))
    table = table[~((table["model"] == "nesms") & (table["metric"] == "brier"))]
    (made,) = performance_tables(table, SYSTEMS)
    assert one(made, "NESMS").cells[1].note == 1
    assert made.notes == ["not among the measures of this system"]


def test_single_imputations_and_resamples_stay_out():
    table = performance_table(horizons=(90.0,), metrics=("uno_c",))
    extra = table.assign(imputation=3, value=0.99)
    resampled = table.assign(resample=1.0, value=0.98)

    (made,) = performance_tables(pd.concat([extra, resampled, table]), SYSTEMS)
    assert "0.99" not in {c.value for line in made.lines for c in line.cells}
    assert "0.98" not in {c.value for line in made.lines for c in line.cells}


def test_without_pooling_each_site_has_its_table():
    table = performance_table(horizons=(90.0,), metrics=("uno_c",))
    made = performance_tables(table[table["site"] != "pooled"], SYSTEMS)
    assert [t.over for t in made] == [f"site {s}" for s in SITES]


def test_patients_of_a_cell_are_said_where_they_differ():
    table = performance_table(horizons=(90.0,), metrics=("uno_c", "brier"))
    at = (table["model"] == "nesms") & (table["metric"] == "brier") & (table["site"] == "pooled")
    table.loc[at, "n"] = 600
    (made,) = performance_tables(table, SYSTEMS)
    assert one(made, "NESMS").patients == "640"
    assert [c.patients for c in one(made, "NESMS").cells] == ["", "n 600"]


def test_small_numbers_of_events_are_hidden():
    table = performance_table(horizons=(90.0,), metrics=("uno_c",))
    table["events"] = 3
    (made,) = performance_tables(table, SYSTEMS)
    assert {line.events for line in made.lines} == {"<5"}


def test_updates_and_thresholds_are_told_apart():
    table = performance_table({"nesms": "NESMS"}, horizons=(90.0,), metrics=("uno_c",))
    again = table.assign(update="recalibrated_in_the_large")
    benefit = table.assign(metric="net_benefit", threshold=0.2)

    ranking, acting = performance_tables(pd.concat([table, again, benefit]), SYSTEMS)
    assert [line.label for line in ranking.lines] == ["NESMS", "NESMS, recalibrated in the large"]
    assert ranking.measures == ["Uno's C"]
    assert acting.measures == ["Net benefit at 20 %"]


def test_measures_over_all_follow_up_have_their_own_table():
    table = performance_table(horizons=(90.0,), metrics=("uno_c",)).assign(horizon_days=np.nan)
    (made,) = performance_tables(table, SYSTEMS)
    assert made.heading == "All follow-up"


def test_no_minus_before_a_zero():
    table = performance_table(horizons=(90.0,), metrics=("ipa",)).assign(pi_low=-0.001, low=-0.2)
    (made,) = performance_tables(table, SYSTEMS)
    cell = made.lines[0].cells[0]
    assert cell.prediction.startswith("0.00 to") and cell.interval.startswith("−0.20 to")


def test_contrasts_stay_apart_from_estimates():
    table = performance_table(metrics=("uno_c",))
    contrast = table[table["model"] != "nesms"].assign(reference="nesms", value=0.02)

    both = pd.concat([table, contrast])
    (made,) = contrast_tables(both, SYSTEMS, reference="nesms")
    assert contrast_tables(both, SYSTEMS, reference="") == []
    assert made.heading == "Uno's C, difference from NESMS"
    assert made.measures == ["42 days", "90 days", "180 days", "365 days"]
    assert len(made.lines) == len(SYSTEMS) - 1
    assert len(performance_tables(both, SYSTEMS)) == 4


def test_a_system_without_estimates_is_told_once_for_all_tables():
    """Tomita has no value anywhere, NESMS none of calibration, Bollen none of calibration by day 42."""
    table = performance_table(MANY_SYSTEMS, horizons=(42.0, 90.0), metrics=("uno_c", "observed_expected"))
    calibration = table["metric"] == "observed_expected"
    early = table["horizon_days"] == 42
    for model, rows in (("tomita", True), ("nesms", calibration), ("bollen", calibration & early)):
        at = (table["model"] == model) & (table["site"] == "pooled") & rows
        table.loc[at, ["value", "low", "high", "pi_low", "pi_high"]] = np.nan
        day = table.loc[at, "horizon_days"].map("{:g}".format)
        table.loc[at, "reason"] = "no survival was predicted for day " + day
        table.loc[at, "status"] = "gap"
    tables = performance_tables(table, MANY_SYSTEMS)
    found = [(s.systems, s.where, s.reason) for s in silences(tables)]
    assert found.pop() == (
        ["Tokuhashi 2005"],
        "Calibration (90 days)",
        "nobody is still observed at this day",
    )
    assert found == [
        (["Tomita"], "", "no survival was predicted"),
        (["Bollen"], "Calibration (42 days)", "no survival was predicted"),
        (["NESMS"], "Calibration", "no survival was predicted"),
    ]


def test_no_reason_is_lost_where_a_system_is_silent_everywhere_for_several():
    table = performance_table(horizons=(90.0,), metrics=("uno_c", "observed_expected"))
    for metric, reason in (
        ("uno_c", "fewer than 5 deaths"),
        ("observed_expected", "no survival was predicted"),
    ):
        at = (table["model"] == "nesms") & (table["site"] == "pooled") & (table["metric"] == metric)
        table.loc[at, ["value", "low", "high", "pi_low", "pi_high"]] = np.nan
        table.loc[at, ["status", "reason"]] = ["gap", reason]
    found = silences(performance_tables(table, SYSTEMS))
    assert [(s.where, s.reason) for s in found if s.systems == ["NESMS"]] == [
        ("Ranking and overall accuracy", "fewer than 5 deaths"),
        ("Calibration", "no survival was predicted"),
    ]


def test_patients_stand_in_the_heading_where_all_systems_share_them():
    table = performance_table(horizons=(90.0,), metrics=("uno_c",))
    (made,) = performance_tables(table, SYSTEMS)
    assert (made.counted, made.shared) == ("n / events", "640 / 310")
    table.loc[table["model"] == "nesms", "n"] = 600
    (made,) = performance_tables(table, SYSTEMS)
    assert made.shared == "" and one(made, "NESMS").counts == "600 / 310"
    contrast = table[table["model"] != "nesms"].assign(reference="nesms", value=0.02)
    (made,) = contrast_tables(contrast, SYSTEMS, reference="nesms")
    assert (made.counted, made.shared) == ("n", "640")


def test_an_end_far_away_is_not_told_to_the_digit():
    table = performance_table(horizons=(90.0,), metrics=("observed_expected",))
    (made,) = performance_tables(
        table.assign(low=-5e6, high=745814.79, pi_low=-1000.0, pi_high=1000.0), SYSTEMS
    )
    cell = made.lines[0].cells[0]
    assert cell.interval == "<−1000 to >1000"
    assert cell.prediction == "−1000.00 to 1000.00"
