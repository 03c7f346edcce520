"""Run the study and keep its summary beside this file: `python experiments/ncctg_lung/run.py`."""

from pathlib import Path

from spinesurv.study import Study, write_summary

here = Path(__file__).parent
result = Study.read(here / "study.toml").run(n_workers=2, progress=True)
write_summary(result, here / "summary.csv")
print(result.report)
