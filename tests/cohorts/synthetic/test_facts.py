"""facts.toml against the document of facts that it was made from; solved curves against the targets."""

import re

import numpy as np
import pytest
import yaml

from spinesurv.cohorts.synthetic.facts import TUMOURS, choices, facts, per_tumour, weibull
from spinesurv.cohorts.synthetic.gaps import rates
from spinesurv.cohorts.synthetic.sites import group_shares, site_facts, site_names, site_sizes
from spinesurv.core import codebook
from tests.paths import shared

SHARES = 1e-9  # shares are decimal fractions that add up to 1


@pytest.fixture(scope="module")
def source():
    return yaml.safe_load(shared("knowledge/cohort_facts.yaml").read_text(encoding="utf-8"))


def text_keys(value):
    """Keys as text, and "100 x Beta(a, b)" as [a, b]: how the TOML file writes them."""
    if isinstance(value, dict):
        return {str(k): text_keys(v) for k, v in value.items()}
    beta = re.fullmatch(r"100 x Beta\(([\d.]+), ([\d.]+)\)", value) if isinstance(value, str) else None
    return [float(beta[1]), float(beta[2])] if beta else value


def test_sites_are_those_of_the_source(source):
    skipped = {"weibull", "implied"}
    for ours, theirs in zip(facts()["sites"], source["generator"]["sites"], strict=True):
        expected = {k: v for k, v in theirs.items() if k not in skipped}
        assert {k: ours[k] for k in expected} == expected


def test_anchors_are_those_of_the_source(source):
    cohorts = {c["id"]: c for c in source["cohorts"]}
    for site in facts()["sites"]:
        name = site["anchor"].split(" ")[0]
        assert facts()["anchors"][name] == {k: cohorts[name][k] for k in facts()["anchors"][name]}


def test_linear_predictor_is_that_of_the_source(source):
    theirs = dict(source["generator"]["linear_predictor"])
    ours = facts()["linear_predictor"]
    assert ours["primary_hr"] == theirs.pop("primary_hr")
    assert ours["columns"] == theirs.pop("columns")
    terms = {name: t for name, t in ours.items() if isinstance(t, dict) and "log_hr" in t}
    written = {
        "primary_log_hr_times": ours["primary_log_hr_times"],
        f"ecog_per_point_above_{terms['ecog']['centre']}": terms["ecog"]["log_hr"],
        f"visceral_in_slow_primaries_hr_below_{ours['slow_below_hr']}": terms["visceral_slow"]["log_hr"],
        "visceral_otherwise": terms["visceral_other"]["log_hr"],
        "brain": terms["brain"]["log_hr"],
        f"albumin_per_g_dl_above_{terms['albumin']['centre']}": terms["albumin"]["log_hr"],
        f"hemoglobin_per_g_dl_above_{terms['hemoglobin']['centre']}": terms["hemoglobin"]["log_hr"],
        f"wbc_per_10e9_l_above_{terms['wbc']['centre']}": terms["wbc"]["log_hr"],
        f"age_per_decade_above_{terms['age']['centre']}": terms["age"]["log_hr"],
    }
    for name in ("more_than_one_spinal_metastasis", "systemic_therapy", "male"):
        written[f"{name}_minus_{terms[name]['centre']}"] = terms[name]["log_hr"]
    assert written == theirs
    assert terms["age"]["per"] == 10


def test_latent_era_and_frailty_are_those_of_the_source(source):
    latent, generator = facts()["latent"], source["generator"]
    assert generator["latent"] == (
        f"z = {latent['ecog']['weight']}(ecog-{latent['ecog']['centre']}) + "
        f"{latent['visceral']['weight']}(visceral-{latent['visceral']['centre']}) + {latent['residual']} N(0,1) "
        f"drives albumin (weight {latent['drives']['albumin']}), haemoglobin ({latent['drives']['hemoglobin']}) "
        f"and log WBC (+{latent['drives']['wbc']})"
    )
    era, theirs = facts()["era"], generator["era"]["log_hr_per_year"]
    assert theirs["every patient"].startswith(f"ln {era['hr_per_year']} x")
    further = f"a further ln {era['further_hr_per_year']} for each year after {era['after']}"
    assert theirs[", ".join(era["in"])] == further
    assert (
        facts()["frailty"]["variance"]
        == generator["heterogeneity"]["between_site_frailty_variance"]["generator"]
    )


def test_tumour_split_is_that_of_the_source(source):
    ours, theirs = facts()["primary_split"], source["generator"]["primary_split"]
    for name in ("groups", "east_asia"):
        assert ours[name] == theirs[name]
    numbers = re.findall(r"(\w+) (?:to )?(0\.\d+)", theirs["floor"])
    assert {name: float(value) for name, value in numbers} == ours["floor"]
    assert f"breast {1 - ours['sex_male']['breast']:.2f} female" in theirs["sex"]
    egfr = ours["egfr_positive_in_lung_egfr_alk"]
    assert f"(west {egfr['west']}, east_asia {egfr['east_asia']})" in theirs["biomarkers"]


def test_further_inputs_are_those_of_the_source(source):
    ours = dict(facts()["further_inputs"])
    theirs = text_keys(source["generator"]["further_inputs"])
    second, rule = ours.pop("second_lesion"), theirs.pop("lesions_per_patient")
    assert f"a second one in {second['share']} of those with {second['when']}" in rule
    tolerates, given = ours.pop("tolerates_surgery"), theirs.pop("tolerates_surgery")
    assert tolerates["ecog"] == [given[f"ecog {g}"] for g in ("0-1", "0-1", "2", "3", "4")]
    assert given["asa 4"] == f"times {tolerates['asa_4_times']}"
    assert ours == theirs
    other = source["generator"]["other"]
    assert all(facts()["other"][name] == other[name] for name in facts()["other"] if name != "conf")


def test_laboratory_is_that_of_the_source(source):
    for row in source["labs"]["rows"]:
        ours = facts()["labs"][row["lab"]]
        assert {k: ours[k] for k in row["generator"]} == row["generator"]
        assert ours["conf"] == row["conf"]
        assert ours.get("unit") == row["unit"]
    assert facts()["labs"]["lymphocytes"]["from"].startswith(
        f"{facts()['labs']['lymphocytes']['share_of_wbc']} wbc"
    )


def test_missing_rates_are_those_of_the_source(source):
    ours, theirs = facts()["missing"], source["missingness"]["generator"]
    for name in ("rates_typical", "rates_by_site_multiplier", "never_missing", "mechanism"):
        assert ours[name] == theirs[name]
    assert f"share {ours['share_of_second_member']} of the gaps of the second member" in theirs["together"]
    for panel in ours["panels"]:
        assert ", ".join(panel) in theirs["together"]


def test_points_of_sins_are_those_of_the_source():
    theirs = yaml.safe_load(shared("knowledge/decision_systems.yaml").read_text(encoding="utf-8"))["sins"]
    ours = facts()["sins_points"]
    for name, component in theirs["components"].items():
        assert ours[name] == component["points"]
    location = {level: kind for kind, levels in ours["location_levels"].items() for level in levels}
    assert location == theirs["level_map"]


@pytest.mark.parametrize("name", site_names())
def test_shares_of_a_site_add_up(name):
    site = site_facts(name)
    assert site.cell_share.sum() == pytest.approx(1.0, abs=SHARES)
    assert sum(group_shares(name).values()) == pytest.approx(1.0, abs=SHARES)
    assert sum(site.raw["ecog_0_to_4"]) == pytest.approx(1.0, abs=SHARES)
    assert sum(site.raw["treatment"].values()) == pytest.approx(1.0, abs=SHARES)
    assert set(site.cell_tumour) == set(range(len(TUMOURS)))
    men = np.sum(site.cell_share * site.male[site.cell_tumour])
    assert men == pytest.approx(site.raw["sex_male"], abs=SHARES)


def test_site_sizes_at_the_default_are_the_published_ones():
    assert site_sizes(4304, site_names()) == facts()["site_sizes"]["at_4304"]


@pytest.mark.parametrize("patients", [1, 5, 6, 100, 4305])
def test_site_sizes_add_up(patients):
    sizes = site_sizes(patients, site_names())
    exact = {n: patients * facts()["site_sizes"]["weights"][n] / 3460 for n in sizes}
    assert sum(sizes.values()) == patients
    assert all(abs(sizes[n] - exact[n]) < 1 for n in sizes)


def test_per_tumour_reads_keys_aliases_and_others():
    values = per_tumour({"lung": 2.0, "breast": 1.0, "others": 0.5, "note": "text"})
    found = dict(zip(TUMOURS, values, strict=True))
    assert [found[k] for k in ("breast", "lung_sclc", "lung_nos", "kidney")] == [1.0, 2.0, 2.0, 0.5]


def test_names_of_facts_and_choices_are_variables():
    listed = set(rates()) - {"sins_components"}
    listed |= {m for family in choices()["missing"]["families"].values() for m in family} - {
        "sins_components"
    }
    listed |= set(choices()["decimals"]) | {m for panel in facts()["missing"]["panels"] for m in panel}
    assert all(name in codebook() for name in listed)


def test_choices_stay_within_the_facts():
    low, high = facts()["missing"]["rates_by_site_multiplier"]
    multipliers = [m for family in choices()["missing"]["multiplier"].values() for m in family.values()]
    assert all(low <= m <= high for m in multipliers)
    members = [m for family in choices()["missing"]["families"].values() for m in family]
    assert sorted(members) == sorted(rates())
    linked = {"nl_radiotherapy", "nl_contemporary"}
    for name, share in choices()["lost"].items():
        assert share < 0.01 if name in linked else 0.05 <= share <= 0.15


@pytest.mark.parametrize("name", site_names())
def test_solved_curves_were_solved_for_the_targets(name):
    curve, target = weibull()[name], site_facts(name).raw["target"]
    assert curve["S90"] == pytest.approx(target["S90"], abs=1e-8)  # precision of the root finding
    assert curve["S365"] == pytest.approx(target["S365"], abs=1e-8)
    # published marginal shapes are 0.65-0.80; that of one patient is steeper, but the risk still falls
    assert 0.75 < curve["shape"] < 1.0
