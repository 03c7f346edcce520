"""Tables of a README: the right estimate in each cell, rounded as its measure is, and clear words otherwise."""

import pandas as pd
import pytest

from spinesurv.core.tables import write_table
from spinesurv.errors import InputError
from spinesurv.study.readme_tables import with_fresh_tables


def row(
    model, metric, value, *, day=None, threshold=None, population="complete", reference=None, site="pooled"
):
    return {
        "site": site,
        "population": population,
        "model": model,
        "reference": reference,
        "metric": metric,
        "horizon_days": day,
        "threshold": threshold,
        "value": value,
        "low": value - 0.1,
        "high": value + 0.1,
        "pi_low": value - 0.2,
        "pi_high": value + 0.2,
        "n": 1200,
        "events": 50,
        "status": "ok",
    }


ROWS = [
    row("a", "harrell_c", 0.614),
    row("a", "harrell_c", 0.7, site="stacked"),
    row("b", "harrell_c", 0.656),
    row("a", "brier", 0.1504, day=90),
    row("a", "brier", 0.2, day=365),
    row("a", "net_benefit", 0.25, day=90, threshold=0.3),
    row("a", "net_benefit", 0.15, day=90, threshold=0.5),
    row("b", "harrell_c", 0.042, reference="a"),
    row("b", "ipa", -0.0004),
]


@pytest.fixture
def folder(tmp_path):
    write_table(pd.DataFrame(ROWS), tmp_path / "summary.csv")
    return tmp_path


def drawn(folder, rows: str, old: str = "") -> list[str]:
    text = f"Before.\n\n<!-- table\n{rows}\n-->\n{old}<!-- end of table -->\n\nAfter.\n"
    fresh = with_fresh_tables(text, folder)
    head, rest = fresh.split("-->\n", 1)
    table, tail = rest.split("<!-- end of table -->")
    assert head == f"Before.\n\n<!-- table\n{rows}\n"
    assert tail == "\n\nAfter.\n"
    assert with_fresh_tables(fresh, folder) == fresh
    return table.splitlines()


def test_systems_in_rows_measures_in_columns(folder):
    assert drawn(folder, 'metrics = ["harrell_c", "brier@90", "brier@365"]', old="| stale |\n") == [
        "| system | Harrell's C | Brier score, day 90 | Brier score, day 365 |",
        "|---|---|---|---|",
        "| `a` | 0.61 (0.51 to 0.71) | 0.150 (0.050 to 0.250) | 0.200 (0.100 to 0.300) |",
        "| `b` | 0.66 (0.56 to 0.76) | – | – |",
    ]


def test_prediction_intervals_sites_and_chosen_systems(folder):
    prediction = drawn(folder, 'metrics = ["harrell_c"]\nmodels = ["b"]\ninterval = "prediction"')
    assert prediction[2:] == ["| `b` | 0.66 (0.46 to 0.86) |"]
    assert drawn(folder, 'metrics = ["harrell_c"]\nsite = "stacked"')[2:] == ["| `a` | 0.70 (0.60 to 0.80) |"]


def test_patients_are_counted_by_the_first_measure(folder):
    assert drawn(folder, 'metrics = ["harrell_c", "brier@90"]\npatients = true')[::2] == [
        "| system | patients | Harrell's C | Brier score, day 90 |",
        "| `a` | 1,200 | 0.61 (0.51 to 0.71) | 0.150 (0.050 to 0.250) |",
    ]
    assert drawn(folder, 'metrics = ["brier@90"]\npatients = true')[3] == "| `b` | – | – |"


def test_more_decimals_than_usual_where_asked_for(folder):
    asked = drawn(folder, 'metrics = ["harrell_c"]\nmodels = ["a"]\ndigits = 3')
    assert asked[2] == "| `a` | 0.614 (0.514 to 0.714) |"


def test_thresholds_differences_and_no_minus_zero(folder):
    benefit = drawn(folder, 'metrics = ["net_benefit@90@0.3"]\nmodels = ["a"]')
    assert benefit[0] == "| system | Net benefit, day 90 at a threshold of 0.3 |"
    assert benefit[2] == "| `a` | 0.250 (0.150 to 0.350) |"
    assert drawn(folder, 'metrics = ["harrell_c"]\nreference = "a"')[2] == "| `b` | 0.042 (-0.058 to 0.142) |"
    assert drawn(folder, 'metrics = ["ipa"]\nmodels = ["b"]')[2] == "| `b` | 0.00 (-0.10 to 0.10) |"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ('metrics = ["harrell_c"', "not valid TOML"),
        ('metric = ["harrell_c"]', "unknown setting 'metric'. Did you mean metrics"),
        ("models = []", "metrics = .* is missing"),
        ('metrics = ["harrell_c"]\ninterval = "wide"', "unknown interval 'wide'"),
        ('metrics = ["harrell_c"]\npopulation = "imputed"', "no row with .*population 'imputed'"),
    ],
)
def test_what_cannot_be_drawn_is_said(folder, rows, words):
    with pytest.raises(InputError, match=words):
        drawn(folder, rows)


def test_two_populations_need_a_choice(tmp_path):
    both = [row("a", "harrell_c", 0.6), row("a", "harrell_c", 0.7, population="imputed")]
    write_table(pd.DataFrame(both), tmp_path / "summary.csv")
    with pytest.raises(
        InputError, match=r"harrell_c of a stands in the summary 2 times\. Give the population"
    ):
        drawn(tmp_path, 'metrics = ["harrell_c"]')
    chosen = drawn(tmp_path, 'metrics = ["harrell_c"]\npopulation = "imputed"')
    assert chosen[2] == "| `a` | 0.70 (0.60 to 0.80) |"
