"""What the papers say about the house is so: folders, commands, settings and columns are all there, and no others."""

from __future__ import annotations

import inspect
import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest
import tomli_w

from spinesurv.__main__ import parser
from spinesurv.cohorts import read_mapping
from spinesurv.cohorts.mapping.read_mapping import _COLUMN, _TABLE
from spinesurv.cohorts.mapping.read_outcome import _OUTCOME
from spinesurv.core.tables import PERFORMANCE_COLUMNS, PREDICTION_COLUMNS
from spinesurv.evaluation import DESIGNS
from spinesurv.features import Term
from spinesurv.models.boosting import Boosting
from spinesurv.study.file import SECTIONS
from spinesurv.study.subgroups import TABLE as SUBGROUP_COLUMNS
from spinesurv.study.subgroups import Subgroups
from spinesurv.study.systems import KINDS, READY_MADE, SORG_HORIZONS_DAYS
from tests.house.sources import PACKAGE, committed_files
from tests.paths import ROOT

DESIGN = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAPERS = [f for f in committed_files() if f.suffix == ".md"]


def settings(heading: str) -> dict[str, str]:
    """Setting -> default, of the table under a heading of the design."""
    part = DESIGN.split(f"#### `{heading}`\n")[1].split("\n#")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.{15,}) \|$", part, flags=re.M)
    assert len(rows) == len(re.findall(r"^\| `", part, flags=re.M)), (
        f"a row under {heading} explains too little"
    )
    return {name: default for name, default, _ in rows}


def written(value: object) -> str:
    """A default as a study file would hold it, in one line."""
    if isinstance(value, tuple):
        return "`[" + ", ".join(written(v).strip("`") for v in value) + "]`"
    return "`{}`" if value == {} else f"`{tomli_w.dumps({'x': value}).removeprefix('x = ').strip()}`"


@pytest.mark.parametrize("section", SECTIONS)
def test_every_setting_of_a_study_file_is_told_with_its_default(section):
    expected = {}
    for setting in fields(SECTIONS[section]):
        default = setting.default if setting.default_factory is MISSING else setting.default_factory()
        expected[setting.name] = "*needed*" if default is MISSING else written(default)
    assert settings(f"[{section}]") == expected


def test_every_design_is_told():
    part = DESIGN.split("#### `[validation]`")[1].split("####")[0]
    assert [name for name in DESIGNS if f"`{name}`" not in part] == []


def test_every_setting_of_a_model_is_told():
    told = settings("[[systems.models]]")
    own = {name for _, names in [*KINDS.values(), *READY_MADE.values()] for name in names}
    assert set(told) == {"key", "kind", "label", "predictors", *own}
    boosting = inspect.signature(Boosting).parameters
    for name in own & set(boosting) - {"n_rounds"}:
        assert told[name] == f"`{boosting[name].default}`"
    assert told["horizons_days"] == f"`{list(SORG_HORIZONS_DAYS)}`"
    part = DESIGN.split("#### `[[systems.models]]`")[1].split("####")[0]
    assert [kind for kind in [*KINDS, *READY_MADE] if f"`{kind}`" not in part] == []


def test_every_setting_of_a_predictor_is_told():
    assert set(settings("predictors")) == {f.name for f in fields(Term)}


def test_every_setting_of_subgroups_is_told():
    assert set(settings("subgroups")) == {f.name for f in fields(Subgroups)}


def test_the_mapping_file_of_the_design_is_read_and_shows_every_key(tmp_path):
    block = DESIGN.split("### Mapping file")[1].split("```toml\n")[1].split("```")[0]
    (tmp_path / "map.toml").write_text(block, encoding="utf-8")
    mapping = read_mapping(tmp_path / "map.toml")
    assert {rule.key for rule in mapping.columns} >= {"albumin", "primary_tumor", "sex"}
    assert mapping.outcome.time_zero == "surgery"
    dates = re.sub(r"^# ", "", block, flags=re.M).replace("time = {", "# time = {")
    (tmp_path / "dates.toml").write_text(dates, encoding="utf-8")
    assert read_mapping(tmp_path / "dates.toml").outcome.end.from_ == ("death_date", "last_seen")
    shown = set(re.findall(r"^#? ?(\w+) = ", block, flags=re.M))
    assert {*_TABLE, *_OUTCOME, *_COLUMN} - shown == set()


@pytest.mark.parametrize(
    "columns",
    [PERFORMANCE_COLUMNS, PREDICTION_COLUMNS, SUBGROUP_COLUMNS],
    ids=["estimates", "predictions", "subgroups"],
)
def test_columns_of_result_tables_are_told(columns):
    assert f"`{', '.join(columns)}`" in DESIGN


def commands_of(text: str, pattern: str) -> set[str]:
    rows = re.findall(r"^\| (`.+?`(?:, `.+?`)*) \|", text, flags=re.M)
    return {name for row in rows for name in re.findall(pattern, row)}


def test_commands_that_are_told_are_there():
    there = set(next(a for a in parser()._actions if a.choices).choices)
    design = DESIGN.split("## 5. Command line")[1].split("## 6.")[0]
    readme = README.split("## Commands")[1].split("## The house")[0]
    assert commands_of(design, r"`(\w+)") == there
    assert commands_of(readme, r"`spinesurv (\w+)") == there


def tree(text: str) -> str:
    return text.split("```\nspinesurv/")[1].split("```")[0]


def names_in(block: str, indent: str) -> set[str]:
    """What stands in front of the explanations at one depth of a tree."""
    lines = re.findall(rf"^{indent}(\S.*?)(?:  |$)", block, flags=re.M)
    return {name.rstrip("/") for line in lines for name in line.split()}


@pytest.mark.parametrize("text", [README.split("## The house")[1], DESIGN], ids=["README", "design"])
def test_the_tree_of_the_package_is_as_drawn(text):
    drawn = names_in(tree(text), "  ")
    there = {f.name for f in PACKAGE.iterdir() if f.is_dir() and f.name != "__pycache__"}
    there |= {f.name for f in PACKAGE.glob("*.py")} - {"__init__.py"}
    assert drawn == there


def test_the_top_of_the_tree_is_as_drawn():
    block = README.split("## The house")[1].split("```\n")[1].split("```")[0]
    drawn = names_in(block, "")
    folders = {f.relative_to(ROOT).parts[0] for f in committed_files() if len(f.relative_to(ROOT).parts) > 1}
    assert drawn == {f for f in folders if not f.startswith(".")} - {"reports"}


@pytest.mark.parametrize("paper", PAPERS, ids=lambda f: f.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(paper: Path):
    text = re.sub(r"```.*?```", "", paper.read_text(encoding="utf-8"), flags=re.S)
    targets = re.findall(r"\]\(([^)#\s]+)", text)
    local = [t for t in targets if not re.match(r"[a-z]+:", t)]
    assert [t for t in local if not (paper.parent / t).exists()] == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda f: f.relative_to(ROOT).as_posix())
def test_files_that_are_named_exist(paper: Path):
    text = re.sub(r"```.*?```", "", paper.read_text(encoding="utf-8"), flags=re.S)
    named = re.findall(r"`((?:spinesurv|tests|docs|benchmarks|experiments|data|notebooks)/[\w./-]+)`", text)
    ignored = ("data/external", "experiments/<")
    assert [n for n in named if not n.startswith(ignored) and not (ROOT / n).exists()] == []


def test_the_research_use_statement_stands_in_the_papers():
    for text in (README, DESIGN):
        assert "not a medical device" in " ".join(text.lower().split())
