"""Trap 9 before anybody has mapped it: `map` proposes the status at a day, `check` says what such a table is."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spinesurv.cohorts import import_table
from spinesurv.cohorts.first_look import first_look
from spinesurv.cohorts.proposal import mapping_text, propose
from spinesurv.cohorts.proposal.status import asked
from tests.cohorts.files import write

N = 60


@pytest.mark.parametrize(
    ("name", "day", "of"),
    [
        ("death_1y", 365, "dead"),
        ("dead_90d", 90, "dead"),
        ("mortality_1yr", 365, "dead"),
        ("30-day mortality", 30, "dead"),
        ("DeadWithin90Days", 90, "dead"),
        ("one_year_mortality", 365, "dead"),
        ("death_m6", 180, "dead"),
        ("y1_death", 365, "dead"),
        ("dead6w", 42, "dead"),
        ("mortality_5y", 1826, "dead"),
        ("1年死亡", 365, "dead"),
        ("死亡_90日以内", 90, "dead"),
        ("1년사망여부", 365, "dead"),
        ("1-Jahres-Mortalität", 365, "dead"),
        ("Décès à 3 mois", 90, "dead"),
        ("exitus_1_año", 365, "dead"),
        ("alive at 6 months", 180, "alive"),
        ("Überleben 12 Monate", 365, "alive"),
        ("Überlebt 1 Jahr", 365, "alive"),
        ("3ヶ月生存", 90, "alive"),
        ("vital status 1 year", 365, "status"),
    ],
)
def test_a_name_tells_the_day_and_what_is_asked(name: str, day: int, of: str) -> None:
    found = asked(name)
    assert (found.day, found.of, found.sure) == (day, of, True)


@pytest.mark.parametrize(
    "name",
    ["dead", "mortality", "los_90d", "predicted_mortality_90d", "death_date_1", "time_to_death_30", "cancer_death_1y",
     "survival days", "SurvivalMonths", "os_months", "in-hospital death", "ECOG 3 months", "PFS_6m", "readmission_90d"],
)  # fmt: skip
def test_other_names_ask_nothing(name: str) -> None:
    assert asked(name) is None


def table(**columns: list[str]) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    base = {
        "patient_id": np.arange(N),
        "site": np.repeat(["north", "south"], N // 2),
        "age": rng.integers(40, 85, N),
    }
    return pd.DataFrame(base | columns)


def repeated(*codes: str) -> list[str]:
    return (list(codes) * N)[:N]


def mapping(folder: Path, frame: pd.DataFrame) -> dict[str, object]:
    path = write(folder, "raw.csv", frame.to_csv(index=False, lineterminator="\n"))
    return tomllib.loads(mapping_text(propose(path)))


def test_two_days_one_of_them_asked_the_other_way_round(tmp_path: Path) -> None:
    frame = table(dead_90d=repeated("1", "0", "0"), alive_1y=repeated("No", "Yes", "NA"))
    rules = mapping(tmp_path, frame)
    assert rules["outcome"]["dead_by"] == {
        "90": {"from": "dead_90d", "dead": ["1"], "alive": ["0"]},
        "365": {"from": "alive_1y", "dead": ["No"], "alive": ["Yes"]},
    }
    write(tmp_path, "raw.toml", mapping_text(propose(tmp_path / "raw.csv")))
    imported = import_table(tmp_path / "raw.toml")
    assert imported.canonical["dead_by_365"].fillna("").value_counts().to_dict() == {
        "yes": 20,
        "no": 20,
        "": 20,
    }
    assert imported.canonical["dead_by_90"].value_counts().to_dict() == {"yes": 20, "no": 40}


@pytest.mark.parametrize(
    ("name", "codes", "rule"),
    [
        ("alive_6m", ("1", "0"), {"dead": ["0"], "alive": ["1"]}),
        ("death_1y", ("yes", "no", "lost"), {"dead": ["yes"], "alive": ["no"], "missing": ["lost"]}),
        ("death_1y", ("0", "1", "9"), {"dead": ["1"], "alive": ["0"], "missing": ["9"]}),
        ("1年死亡", ("あり", "なし"), {"dead": ["あり"], "alive": ["なし"]}),
        ("status_12m", ("Dead", "Alive"), {"dead": ["Dead"], "alive": ["Alive"]}),
        ("death_1y", ("no",), {"dead": ["yes"], "alive": ["no"]}),
    ],
)
def test_which_code_means_dead(
    tmp_path: Path, name: str, codes: tuple[str, ...], rule: dict[str, list[str]]
) -> None:
    days = mapping(tmp_path, table(**{name: repeated(*codes)}))["outcome"]["dead_by"]
    ((_, found),) = days.items()
    assert found == {"from": name} | rule


def test_codes_that_nobody_knows_are_a_question(tmp_path: Path) -> None:
    path = write(tmp_path, "raw.csv", table(death_1y=repeated("P", "Q")).to_csv(index=False))
    text = mapping_text(propose(path))
    assert "outcome" not in tomllib.loads(text)
    assert "which of its codes mean dead by day 365, which alive, which not known: 'P', 'Q'?" in text


def test_two_columns_of_one_day_are_a_question(tmp_path: Path) -> None:
    frame = table(death_1y=repeated("1", "0"), dead_365d=repeated("1", "0"))
    path = write(tmp_path, "raw.csv", frame.to_csv(index=False))
    assert "dead_by_365: which of the columns 'death_1y', 'dead_365d' is it?" in mapping_text(propose(path))


def test_beside_time_and_event_a_status_is_no_outcome_and_no_predictor(tmp_path: Path) -> None:
    frame = table(
        os_days=[str(7 * i + 3) for i in range(N)], death=repeated("1", "0"), death_1y=repeated("1", "0")
    )
    proposal = propose(write(tmp_path, "raw.csv", frame.to_csv(index=False)))
    assert proposal.status == ()
    assert proposal.event.from_ == "death"
    assert proposal.never["death_1y"] == "status at a day: it follows from time and event"


def rules_of(folder: Path, frame: pd.DataFrame) -> dict[str, object]:
    path = write(folder, "raw.csv", frame.rename(columns={"patient_id": "record"}).to_csv(index=False))
    return {f.rule: f for f in first_look(path).findings}


def test_check_on_the_raw_table_says_what_it_is(tmp_path: Path) -> None:
    found = rules_of(tmp_path, table(dead_90d=repeated("1", "0", "0"), alive_1y=repeated("No", "Yes", "Yes")))
    finding = found["status_only"]
    assert (finding.severity, finding.column) == ("needs_an_answer", "dead_90d, alive_1y")
    assert "no times: it is not survival data" in finding.what
    assert "outcome_not_found" not in found
    unknown = rules_of(tmp_path, table(alive_1y=repeated("No", "Yes", "")))["status_unknown"]
    assert (unknown.column, unknown.count) == ("alive_1y", 20)


def test_codes_one_and_two_are_a_question_and_the_trap_is_told_all_the_same(tmp_path: Path) -> None:
    frame = table(death_1y=repeated("1", "2", "9"))
    proposal = propose(write(tmp_path, "raw.csv", frame.to_csv(index=False)))
    assert [found.blocked for found in proposal.status] == [True]
    assert rules_of(tmp_path, frame)["status_only"].column == "death_1y"


def test_check_on_a_table_with_times_has_nothing_of_it(tmp_path: Path) -> None:
    frame = table(os_days=[str(7 * i + 3) for i in range(N)], death=repeated("1", "0"))
    assert not {"status_only", "outcome_not_found"} & set(rules_of(tmp_path, frame))


def test_a_death_without_any_day_asks_for_it(tmp_path: Path) -> None:
    finding = rules_of(tmp_path, table(death=repeated("1", "0")))["outcome_not_found"]
    assert "death may say who died, and no column was found that says when" in finding.what
    assert "[outcome.dead_by.365]" in finding.do
