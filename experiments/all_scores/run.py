"""Run the study, keep its summary, draw the README's tables anew: `python experiments/all_scores/run.py`."""

from pathlib import Path

from spinesurv.study import Study, refresh_readme, write_summary

here = Path(__file__).parent
result = Study.read(here / "study.toml").run(n_workers=1, progress=True)
write_summary(result, here / "summary.csv")
refresh_readme(here)
print(result.report)
