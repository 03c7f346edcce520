"""A provisional system carries a mark behind its name, everywhere the name stands, and only one."""

from __future__ import annotations

import warnings

import tomli_w

from spinesurv.report import render_html
from spinesurv.scores import ProvisionalScoreWarning
from spinesurv.study import Study
from tests.report.content import made_up_content
from tests.study.files import STUDY, write_study


def test_the_mark_stands_behind_the_label_once(tmp_path):
    text = STUDY.replace('scores = ["tomita"]', 'scores = ["tomita", "bollen_2014"]')
    study = Study.read(write_study(tmp_path, text=text))
    labels = {key: system.label for key, system in study.systems.items()}
    assert labels["bollen_2014"] == "Bollen model (Leiden) †"
    assert labels["bollen_2014@published"] == "Bollen model (Leiden), as published †"
    assert not any("†" in labels[key] for key in ("tomita", "tomita@published", "cox"))
    assert study.systems["bollen_2014"].doubt.startswith("Bollen model (Leiden): the tree")
    (tmp_path / "again.toml").write_text(tomli_w.dumps(study.file.resolved()), encoding="utf-8")
    again = Study.read(tmp_path / "again.toml")
    assert {key: system.label for key, system in again.systems.items()} == labels


def test_tables_of_the_report_do_not_mark_it_twice():
    content = made_up_content()
    marked = {k: f"{v} †" if k == "sorg_style" else v for k, v in content.labels.items()}
    page = render_html(made_up_content(labels=marked), {})
    assert "SORG-style boosting †</th>" in page
    assert "†<sup" not in page


def test_a_run_says_it_in_its_notes_and_not_as_a_warning_of_python(tmp_path):
    text = STUDY.split("[evaluation]")[0] + '[evaluation]\nhorizons_days = [90]\nmetrics = ["harrell_c"]\n'
    text += '[systems]\npublished = false\nscores = ["bollen_2014"]\n'
    study = Study.read(write_study(tmp_path, text=text))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = study.run(tmp_path / "out")
    assert not [w for w in caught if issubclass(w.category, ProvisionalScoreWarning)]
    assert [told for told in result.warnings if "bollen_2014 is provisional" in told]
