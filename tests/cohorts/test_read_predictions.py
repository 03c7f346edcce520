"""Files of predictions: both layouts give the same, and each mistake is one sentence with its count."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.cohorts import ReadOptions, ReadPredictions, read_predictions
from spinesurv.cohorts.read_predictions import NOT_PREDICTED, ONE_SITE
from spinesurv.errors import InputError

CANARY = "Canary-Quetzalcoatl"
N = 8

WIDE = pd.DataFrame(
    {
        "patient_id": [f"{CANARY}{i}" for i in range(N)],
        "time_days": [10, 400, 30, 500, 20, 90, 365, 731],
        "event": [1, 0, 1, 1, 1, 0, 1, 0],
        "site": ["a"] * 4 + ["b"] * 4,
        "cox@90": [0.2, 0.9, 0.3, 0.8, 0.25, np.nan, 0.6, 1.0],
        "cox@365": [0.1, 0.7, 0.0, 0.8, 0.05, np.nan, 0.4, 0.9],
        "cox@marker": [2.5, -1.0, 3.0, -0.5, 2.0, 0.1, 0.0, -2.0],
        "score@v2@90": [0.5, 0.6, 0.5, 0.6, 0.5, 0.6, 0.5, np.nan],
    }
)


def long_table() -> pd.DataFrame:
    """The same predictions, one row each, in an order of their own."""
    parts = []
    for model, day in (("cox", 365), ("cox", 90), ("score@v2", 90)):
        part = WIDE[["patient_id", "time_days", "event", "site"]].assign(model=model, horizon_days=day)
        part["survival"] = WIDE[f"{model}@{day}"]
        part["marker"] = WIDE["cox@marker"] if model == "cox" else np.nan
        parts.append(part)
    return pd.concat(parts)


def read(folder, table: pd.DataFrame, **options) -> ReadPredictions:
    path = folder / "theirs.csv"
    table.to_csv(path, index=False)
    return read_predictions(path, **options)


def changed(column: str, rows, value, table: pd.DataFrame = WIDE) -> pd.DataFrame:
    copy = table.astype({column: object}).reset_index(drop=True)
    copy.loc[rows, column] = value
    return copy


def test_a_wide_file(tmp_path):
    found = read(tmp_path, WIDE.assign(note="x"))
    assert found.key.tolist() == list(zip(WIDE["site"], WIDE["patient_id"], strict=True))
    assert found.has_sites
    assert found.not_read == ["note"]
    assert list(found.predictions) == ["cox", "score@v2"]
    assert found.outcome.time_days.tolist() == WIDE["time_days"].tolist()
    assert found.outcome.event.tolist() == WIDE["event"].astype(bool).tolist()
    cox, score = found.predictions["cox"], found.predictions["score@v2"]
    assert cox.times_days.tolist() == [90, 365]
    assert np.array_equal(cox.survival_at(365), WIDE["cox@365"], equal_nan=True)
    assert cox.marker.tolist() == WIDE["cox@marker"].tolist()
    assert score.marker is None
    assert score.reason.tolist() == [""] * (N - 1) + [NOT_PREDICTED]


def test_a_long_file_gives_the_same(tmp_path):
    wide, long = read(tmp_path, WIDE), read(tmp_path, long_table())
    assert long.key.tolist() == wide.key.tolist()
    assert long.outcome.time_days.tolist() == wide.outcome.time_days.tolist()
    assert list(long.predictions) == ["cox", "score@v2"]
    for name, theirs in wide.predictions.items():
        mine = long.predictions[name]
        assert mine.times_days.tolist() == theirs.times_days.tolist()
        assert np.array_equal(mine.survival, theirs.survival, equal_nan=True)
        assert (mine.marker is None) == (theirs.marker is None)
        assert mine.marker is None or mine.marker.tolist() == theirs.marker.tolist()


def test_a_patient_without_a_row_of_a_model_is_missing_there(tmp_path):
    rows = long_table()
    gone = (rows["model"] == "score@v2") & (rows["patient_id"] == f"{CANARY}0")
    found = read(tmp_path, rows[~gone])
    assert found.predictions["score@v2"].reason[0] == NOT_PREDICTED
    assert found.predictions["cox"].predicted.all()


def test_probabilities_of_death(tmp_path):
    death = WIDE.assign(**{c: 1 - WIDE[c] for c in ("cox@90", "cox@365", "score@v2@90")})
    found = read(tmp_path, death, values="death")
    assert found.predictions["cox"].survival == pytest.approx(WIDE[["cox@90", "cox@365"]], nan_ok=True)
    assert found.predictions["cox"].marker.tolist() == WIDE["cox@marker"].tolist()


def test_sites_by_another_name_and_none_at_all(tmp_path):
    named = read(tmp_path, WIDE.rename(columns={"site": "hospital"}), site="hospital")
    assert (named.has_sites, named.not_read) == (True, [])
    alone = read(tmp_path, WIDE.drop(columns="site"))
    assert not alone.has_sites
    assert set(alone.key.get_level_values("site")) == {ONE_SITE}


def test_the_same_identifier_at_two_sites_is_two_patients(tmp_path):
    table = WIDE.assign(patient_id=[1, 2, 3, 4] * 2)
    assert len(read(tmp_path, table).key) == N
    with pytest.raises(InputError, match=r"column patient_id: 8 of 8 cells occur more than once"):
        read(tmp_path, table.drop(columns="site"))


def test_late_entry_and_other_spellings(tmp_path):
    table = WIDE.assign(
        entry_days=[0, 5, "", 0, 1, 2, 3, 4], event=["TRUE", "no", "1.0", 1, "yes", 0, 1, "FALSE"]
    )
    found = read(tmp_path, table)
    assert found.outcome.entry_days.tolist() == [0, 5, 0, 0, 1, 2, 3, 4]
    assert found.outcome.event.tolist() == WIDE["event"].astype(bool).tolist()


def test_a_table_with_semicolons_and_decimal_commas(tmp_path):
    WIDE.to_csv(tmp_path / "theirs.csv", index=False, sep=";", decimal=",")
    found = read_predictions(tmp_path / "theirs.csv", options=ReadOptions(delimiter=";", decimal=","))
    assert found.predictions["cox"].survival_at(90)[0] == 0.2


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (WIDE.drop(columns=["time_days", "event"]), r"columns time_days, event missing"),
        (WIDE.drop(columns="patient_id"), r"column patient_id missing"),
        (WIDE[["patient_id", "time_days", "event"]], r"no predictions found"),
        (long_table().drop(columns="survival"), r"column survival missing"),
        (WIDE.assign(model="cox", horizon_days=90), r"also 4 columns named <model>@<day>. Keep one"),
        (WIDE.rename(columns={"cox@90": "cox@soon"}), r"'cox@soon': 'soon' after the last @ is neither"),
        (WIDE.rename(columns={"cox@90": "cox@-90"}), r"'-90' after the last @"),
        (WIDE.rename(columns={"cox@90": "@90"}), r"no model stands in front"),
        (WIDE.rename(columns={"score@v2@90": "cox@90.0"}), r"model 'cox' has two columns for day 90"),
        (changed("cox@90", [0, 1], [1.2, -0.1]), r"'cox@90': 2 of 8 probabilities lie outside 0 to 1\. Correct"),
        (
            WIDE.assign(**{"cox@90": 100 * WIDE["cox@90"]}),
            r"'cox@90': 7 of 8 probabilities lie outside 0 to 1\. They look like percentages",
        ),
        (changed("cox@365", [1, 6], [0.95, 0.65]), r"model 'cox': survival rises with time in 2 of 8 .*--values death"),
        (changed("cox@90", [0], f"{CANARY}!"), r"column cox@90: 1 of 8 cells are no numbers"),
        (changed("time_days", [0], "soon"), r"column time_days: 1 of 8 cells are no numbers"),
        (changed("time_days", [0], -3), r"time_days: 1 of 8 values are negative"),
        (changed("time_days", [2, 3], ""), r"column time_days: 2 of 8 cells are empty.*leave the patient out"),
        (changed("event", [2], ""), r"column event: 1 of 8 cells are empty"),
        (changed("event", [2, 3, 4], f"{CANARY}?"), r"column event: 3 of 8 cells are no outcome. Allowed: 1 = died"),
        (changed("patient_id", [1], ""), r"column patient_id: 1 of 8 cells are empty"),
        (changed("site", [1], ""), r"column site: 1 of 8 cells are empty"),
        (changed("patient_id", [1], f"{CANARY}0"), r"column patient_id: 2 of 8 cells occur more than once"),
        (pd.concat([long_table(), long_table()[:3]]), r"horizon_days: 6 of 27 cells belong to rows that repeat"),
        (changed("time_days", [0, 1, 9], 77, long_table()), r"time_days: it differs .* in 2 of 8 patients"),
        (changed("event", [1], 1, long_table()), r"event: it differs .* in 1 of 8 patients"),
        (changed("marker", [0], 9.5, long_table()), r"marker: it differs .* in 1 of 8 patients for model 'cox'"),
        (changed("horizon_days", [0], "", long_table()), r"horizon_days: 1 of 24 cells are empty beside a prob"),
        (changed("horizon_days", [0], 0, long_table()), r"horizon_days: 1 of 24 cells are not above 0"),
        (changed("model", [0, 1], "", long_table()), r"column model: 2 of 24 cells are empty"),
    ],
)  # fmt: skip
def test_each_mistake_is_one_sentence_with_its_count(tmp_path, table, words):
    with pytest.raises(InputError, match=words) as error:
        read(tmp_path, table)
    assert str(error.value).startswith(("table theirs.csv", "outcome"))
    assert CANARY not in str(error.value)
    assert "\n" not in str(error.value)


def test_a_rise_across_a_missing_day_is_seen(tmp_path):
    table = WIDE.assign(**{"cox@180": np.nan})
    table.loc[0, "cox@365"] = 0.5
    with pytest.raises(InputError, match="rises with time in 1 of 8"):
        read(tmp_path, table)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"site": "hospitl"}, "unknown column 'hospitl'"), ({"values": "risk"}, "Known: death, survival")],
)
def test_unknown_options(tmp_path, options, words):
    with pytest.raises(InputError, match=words):
        read(tmp_path, WIDE, **options)
