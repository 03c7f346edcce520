"""The Cox nomogram, from patients to points and intervals, against rms and survival of R on a simulated table.

Numbers of R 4.2.2: rms 6.5-0 (cph with eps=1e-10, nomogram, survest with conf.type="log-log", robcov), survival 3.5-3
(coxph with eps=1e-12, ridge, survfit) on `tests/golden/fixture/data/late_ties.csv`, rows with a site; albumin is v / 3
rounded to 2 decimals and kept within 1 and 6, brain is u.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline, make_pipeline

from spinesurv.core import Outcome
from spinesurv.features import Encoder
from spinesurv.models import CoxNomogram, Nomogram
from tests.paths import ROOT

TABLE = ROOT / "tests" / "golden" / "fixture" / "data" / "late_ties.csv"
DAYS = [2.0, 6.0]
SPLINE_3, SPLINE_4 = ({"variable": "albumin", "knots": k} for k in (3, 4))


def simulated() -> pd.DataFrame:
    """The table with variables of the codebook, patients by site."""
    table = pd.read_csv(TABLE).dropna(subset="site")
    return table.assign(
        albumin=np.clip((table["v"] / 3).round(2), 1.0, 6.0),
        brain_mets=np.where(table["u"] == 1, "yes", "no"),
        patient_id=table["id"].astype(str),
    ).set_index(["site", "patient_id"])


def fitted(
    table: pd.DataFrame, terms: Any, pairs: Any = (), *, late: bool = False, **options: Any
) -> Pipeline:
    entry = table["start"].to_numpy() if late else None
    outcome = Outcome(table["time"], table["event"] == 1, entry_days=entry)
    return make_pipeline(Encoder(terms, pairs), CoxNomogram(**options)).fit(
        table[["albumin", "brain_mets"]], outcome
    )


def check(
    model: Pipeline, table: pd.DataFrame, coef: Any, error: Any, alive: Any, low: Any, high: Any
) -> None:
    """Coefficients and errors, and survival of the first three patients on days 2 and 6 with its interval."""
    np.testing.assert_allclose(model[-1].coef_, coef, rtol=1e-9)
    np.testing.assert_allclose(model[-1].std_error_, error, rtol=1e-9)
    found = model.predict(table[["albumin", "brain_mets"]].iloc[:3], times_days=DAYS)
    for mine, theirs in ((found.survival, alive), (found.low, low), (found.high, high)):
        np.testing.assert_allclose(np.ravel(mine), theirs, rtol=1e-9)


def test_a_spline_and_its_nomogram() -> None:
    table = simulated()
    model = fitted(table, [SPLINE_4, "brain_mets"])
    check(
        model,
        table,
        [0.2082137971215, -1.1471162621453, 5.5706125034965, 0.4347272808873],
        [0.2890813770742, 0.8056861438327, 3.3255198717767, 0.1501526216217],
        [
            0.7358140173691,
            0.4345992480107,
            0.7435824278274,
            0.4471761467726,
            0.5621138302934,
            0.2091332389237,
        ],
        [
            0.6602747988128,
            0.3371806135104,
            0.6586433162025,
            0.3324306507441,
            0.4457812546145,
            0.1148446721591,
        ],
        [
            0.7971412863060,
            0.5279364171425,
            0.8104116859497,
            0.5553720616185,
            0.6631702093236,
            0.3225812071327,
        ],
    )
    # nomogram(f, albumin = 2:5): points at the ticks; our axis of albumin begins elsewhere, so differences from 4 g/dL
    nomogram = Nomogram(model)
    ticks = pd.DataFrame({"albumin": [2.0, 3.0, 4.0, 5.0, 4.0], "brain_mets": ["no"] * 4 + ["yes"]})
    points = nomogram.points(ticks)
    unit = nomogram.scale.per_unit / 230.0292721356
    from_4 = points["albumin"] - points["albumin"][2]
    assert from_4[:4].tolist() == pytest.approx(
        [unit * x for x in (77.56637304392, 60.26077307770, 0.0, 71.16715309252)], abs=1e-8
    )
    assert points["brain_mets"][4] - points["brain_mets"][0] == pytest.approx(unit * 100.0)


def test_an_interaction() -> None:
    table = simulated()
    check(
        fitted(table, ["albumin", "brain_mets"], [("albumin", "brain_mets")]),
        table,
        [0.0095529995198, 0.8459420162386, -0.1336750237194],
        [0.1035745819155, 0.5171040546856, 0.1531988094871],
        [
            0.7182934542245,
            0.4082685715600,
            0.7156271099753,
            0.4041783962529,
            0.5570954854168,
            0.2051727038948,
        ],
        [
            0.6500216301449,
            0.3252069006325,
            0.6176761789858,
            0.2794591661022,
            0.4268615951451,
            0.1019243540731,
        ],
        [
            0.7755671331253,
            0.4894724309276,
            0.7926515510403,
            0.5253449177886,
            0.6689602977415,
            0.3333272894912,
        ],
    )


def test_a_baseline_for_each_site() -> None:
    table = simulated()
    check(
        fitted(table, [SPLINE_3, "brain_mets"], stratify_by="site"),
        table,
        [-0.1311554991143, 0.1250544767886, 0.4096907778472],
        [0.1603187305358, 0.1871208804707, 0.1511178238358],
        [
            0.6879435119783,
            0.4178246277915,
            0.6775535425207,
            0.4032498290951,
            0.5269273784885,
            0.2242931975249,
        ],
        [
            0.5571224506086,
            0.2754678847501,
            0.5346770152074,
            0.2489054025561,
            0.3599815251206,
            0.1040143951924,
        ],
        [
            0.7872743192403,
            0.5539334942119,
            0.7850383762907,
            0.5526068866776,
            0.6691362713594,
            0.3725899432529,
        ],
    )


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ("robust", [0.1502582752093, 0.1774450694126, 0.1490914688534]),
        ("site", [0.09409366556287, 0.09596199079752, 0.03242830928303]),
    ],
)
def test_errors_of_the_sandwich(errors: str, expected: list[float]) -> None:
    model = fitted(simulated(), [SPLINE_3, "brain_mets"], errors=errors)
    np.testing.assert_allclose(model[-1].std_error_, expected, rtol=1e-9)


def test_late_entry() -> None:
    table = simulated()
    check(
        fitted(table, [SPLINE_3, "brain_mets"], late=True),
        table,
        [-0.04036110929085, 0.03548979537432, 0.35813689668444],
        [0.1594487067855, 0.1881225649818, 0.1504778316981],
        [
            0.6172960691071,
            0.2781254794607,
            0.6150153344224,
            0.2754078871063,
            0.4873447747798,
            0.1485666609469,
        ],
        [
            0.5177497795493,
            0.1857650806244,
            0.5058129995292,
            0.1728970316069,
            0.3689346753661,
            0.0731933134571,
        ],
        [
            0.7022046515137,
            0.3780004246959,
            0.7070231911875,
            0.3877318191839,
            0.5956311092956,
            0.2489589415726,
        ],
    )


def test_a_ridge_penalty() -> None:
    """coxph(ridge(theta = n / 10, scale = FALSE)) on columns divided by their standard deviation."""
    model = fitted(simulated(), ["albumin", "brain_mets"], penalty=0.1)
    np.testing.assert_allclose(model[-1].coef_, [-0.04278663979943, 0.36063123425214], rtol=1e-9)
    np.testing.assert_allclose(model[-1].std_error_, [0.07122368053949, 0.14003748656954], rtol=1e-9)
