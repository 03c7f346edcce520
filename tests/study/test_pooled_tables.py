"""A study that puts tables together looks at them beside each other."""

from __future__ import annotations

import pytest

from spinesurv.core.tables import write_table
from spinesurv.study.file import read_study
from spinesurv.study.population import read_population
from tests.cohort_factory import small_cohort
from tests.study.files import STUDY, write_study

TWO = STUDY.replace('["cohort.csv"]', '["cohort.csv", "other.csv"]')


@pytest.mark.parametrize(("fold", "told"), [(1.0, False), (60.0, True)])
def test_a_table_in_another_unit_of_time_is_a_warning_of_the_study(tmp_path, fold, told):
    whole = small_cohort(300, missing=0.05).to_table()
    study = write_study(tmp_path, text=TWO)
    halves = {"cohort.csv": whole.iloc[::2].assign(site="a"), "other.csv": whole.iloc[1::2].assign(site="b")}
    for name, half in halves.items():
        factor = fold if name == "cohort.csv" else 1.0
        write_table(half.assign(time_days=half["time_days"] * factor), tmp_path / name)
    warnings = read_population(read_study(study)).warnings
    assert any("times longer than at the other sites" in w for w in warnings) == told
