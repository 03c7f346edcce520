"""Judge the model, keep the summary, draw the README's tables anew: `python experiments/rotterdam_gbsg/run.py`."""

from pathlib import Path

from recipe import judge

from spinesurv.core.tables import write_table
from spinesurv.study import refresh_readme

here = Path(__file__).parent
write_table(judge(), here / "summary.csv")
refresh_readme(here)
print(here / "summary.csv")
