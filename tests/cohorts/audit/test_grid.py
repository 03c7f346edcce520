"""Grids by construction: bands and rounding are found with their step, ordinary measurements are left alone."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.cohorts.audit.grid import Grid, coarse_grid
from spinesurv.stats.tally import Tally


def grid(values: np.ndarray) -> Grid | None:
    return coarse_grid(Tally.of(values))


AGES = np.random.default_rng(3).normal(62, 13, 400).clip(18, 95)


def test_midpoints_of_five_year_bands():
    """Bands 16-20, 21-25, ... have mid-points 18, 23, ...; 5 years apart, never a multiple of 5."""
    assert grid((AGES - 0.5) // 5 * 5 + 3) == Grid(5.0, 400, True)


def test_midpoints_with_halves():
    """Bands [60, 65), ... have mid-points 62.5: one decimal place, steps of fifty of it."""
    assert grid(AGES // 5 * 5 + 2.5) == Grid(5.0, 400, True)


def test_midpoints_of_decades():
    assert grid(AGES // 10 * 10 + 5) == Grid(10.0, 400, True)


def test_limits_of_bands_and_rounding_stand_on_multiples():
    assert grid(AGES // 5 * 5) == Grid(5.0, 400, False)
    assert grid(np.round(AGES, -1)) == Grid(10.0, 400, False)


def test_bands_that_are_no_round_number():
    """Years in sevens: the step is seen in the distance of neighbouring values."""
    assert grid(AGES // 7 * 7 + 2) == Grid(7.0, 400, True)


def test_partial_rounding_and_its_count():
    """Three in four ages rounded to fives: those, and the exact ones that end in 0 or 5, stand on the grid."""
    ages = np.round(AGES)
    ages[:300] = np.round(ages[:300] / 5) * 5
    assert grid(ages) == Grid(5.0, 300 + int((ages[300:] % 5 == 0).sum()), False)


def test_one_value_off_the_grid_does_not_hide_it():
    assert grid(np.append(AGES // 5 * 5 + 3, 2.5)) == Grid(5.0, 400, True)


ORDINARY = {
    "exact ages": AGES,
    "ages in whole years": np.round(AGES),
    "albumin to 0.1 g/dL": np.random.default_rng(4).normal(3.8, 0.45, 400).round(1),
    "haemoglobin to 0.1 g/dL": np.random.default_rng(5).normal(11.5, 1.9, 400).round(1),
    "platelets, whole": np.random.default_rng(6).gamma(6, 45, 400).round(),
    "platelets out of 10^4/uL": np.random.default_rng(6).gamma(6, 45, 400).round(-1),
    "a ratio with a long tail": np.random.default_rng(7).lognormal(1.5, 0.8, 400).round(2),
    "codes of three groups": np.random.default_rng(8).choice([0.0, 10.0, 20.0], 400),
    "one value in half of the cells": np.where(np.arange(400) % 2, 3.8, AGES.round(1)),
    "mostly zero": np.where(np.arange(400) % 5, 0.0, np.random.default_rng(9).integers(1, 60, 400)),
    "too few": (AGES // 5 * 5 + 3)[:29],
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_columns_are_left_alone(name):
    assert grid(ORDINARY[name]) is None


def test_order_does_not_matter():
    ages = AGES // 5 * 5 + 3
    assert grid(ages[::-1]) == grid(ages)
