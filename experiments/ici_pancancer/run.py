"""Run both studies, keep their summaries, draw the README's tables anew: `python experiments/ici_pancancer/run.py`."""

from pathlib import Path

from spinesurv.study import Study, refresh_readme, write_summary

here = Path(__file__).parent
for design in ("", "_temporal"):
    result = Study.read(here / f"study{design}.toml").run(n_workers=2, progress=True)
    write_summary(result, here / f"summary{design}.csv")
    print(result.report)
refresh_readme(here)
