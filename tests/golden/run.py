"""Compare spinesurv with a folder of golden values.

python tests/golden/run.py FOLDER [--json FILE] [--topic NAME ...]

FOLDER holds golden/*.json and data/*.csv in the format of its README. Exit code 1 if a case disagrees, 2 if the
cases cannot be read.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

if __package__ in (None, ""):  # called as a script
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.golden.case_files import CaseFileError, read_cases
from tests.golden.running import AGREE, DISAGREE, NOT_COVERED, Result, run_case


def summary(results: list[Result]) -> str:
    """A table by work package and topic, then why cases disagree or are not covered."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for r in results:
        groups.setdefault((r.due, r.topic), []).append(r)
    lines = [
        f"{'work package':<12} {'topic':<30} {'agree':>6} {'disagree':>9} {'not covered':>12}  largest deviation"
    ]
    for (due, topic), rows in sorted(groups.items()):
        count = Counter(r.status for r in rows)
        compared = [r.deviation for r in rows if r.deviation is not None]
        largest = f"{max(compared):.1e}" if compared else ""
        lines.append(
            f"{due:<12} {topic:<30} {count[AGREE]:>6} {count[DISAGREE]:>9} {count[NOT_COVERED]:>12}  {largest}"
        )
    total = Counter(r.status for r in results)
    lines.append(f"{'sum':<43} {total[AGREE]:>6} {total[DISAGREE]:>9} {total[NOT_COVERED]:>12}")
    for r in results:
        if r.status == DISAGREE:
            size = "" if r.deviation is None else f" {r.deviation:.2e}"
            lines.append(f"disagrees: {r.id}: {r.reason}{size}")
    why = Counter((r.topic, r.reason) for r in results if r.status == NOT_COVERED)
    lines += [f"not covered: {topic}: {reason} ({n})" for (topic, reason), n in sorted(why.items())]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Compare spinesurv with a folder of golden values.")
    parser.add_argument("folder", type=Path, help="holds golden/*.json and data/*.csv")
    parser.add_argument("--json", type=Path, help="write one object per case to this file")
    parser.add_argument("--topic", action="append", help="only cases of this topic")
    options = parser.parse_args(arguments)
    try:
        cases = read_cases(options.folder)
    except CaseFileError as error:
        print(error, file=sys.stderr)
        return 2
    cases = [c for c in cases if not options.topic or c.topic in options.topic]
    if not cases:
        print("No case of these topics.", file=sys.stderr)
        return 2
    results = [run_case(case) for case in cases]
    print(summary(results))
    if options.json:
        text = json.dumps([r.as_json() for r in results], indent=1, ensure_ascii=False)
        options.json.write_text(text + "\n", encoding="utf-8", newline="\n")
    return int(any(r.status == DISAGREE for r in results))


if __name__ == "__main__":
    sys.exit(main())
