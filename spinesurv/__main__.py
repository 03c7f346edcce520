"""The command line: `spinesurv COMMAND`, the same as `python -m spinesurv COMMAND`.

Exit codes: 0 done, 1 the input is at fault, 2 wrong usage, 3 a fault of ours.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spinesurv import __version__
from spinesurv.errors import InputError, SpinesurvError, kept_trace

if TYPE_CHECKING:
    from spinesurv.study import StudyResult

RESEARCH_USE = "Research software, not a medical device. No result decides a treatment."


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    args = parser().parse_args(argv)
    try:
        args.command(args)
    except SpinesurvError as error:
        print(f"spinesurv: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of our output has gone, as in `spinesurv scores | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("spinesurv: stopped. Finished jobs are kept; continue with --resume.", file=sys.stderr)
        return 130
    except Exception as error:
        print(
            f"spinesurv: this is a fault of spinesurv, not of your input. Details: {kept_trace(error)}",
            file=sys.stderr,
        )
        return 3
    return 0


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = argparse.ArgumentParser(
        prog="spinesurv",
        description="Which prognosis to trust for a patient with spinal metastasis. " + RESEARCH_USE,
        epilog="Start with:  spinesurv demo",
    )
    top.add_argument("--version", action="version", version=f"spinesurv {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    def command(
        name: str, run: Callable[[argparse.Namespace], None], what: str, example: str
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name,
            help=what,
            description=f"{what} {RESEARCH_USE}",
            epilog=f"example:\n  {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.set_defaults(command=run)
        return sub

    sub = command(
        "demo", _demo, "Run the embedded study on the embedded cohort.", "spinesurv demo --out my_demo"
    )
    sub.add_argument(
        "--out", type=Path, default=Path("reports") / "demo", help="folder of results (reports/demo)"
    )
    _running(sub)

    sub = command("run", _run, "Run a whole study.", "spinesurv run study.toml --out reports/mine --jobs 2")
    sub.add_argument("study", type=Path, help="study file (TOML)")
    sub.add_argument("--out", type=Path, help="folder of results (reports/<name of the study>)")
    _running(sub)

    sub = command(
        "evaluate",
        _evaluate,
        "Judge predictions that somebody made.",
        "spinesurv evaluate predictions.csv --horizons 90,365 --out judged",
    )
    sub.add_argument(
        "predictions",
        type=Path,
        help="patient_id, time_days, event, and <model>@<day>; or one row per model, patient and day",
    )
    sub.add_argument("--horizons", type=_days, required=True, help="days separated by commas")
    sub.add_argument("--site", help="column with the site (site, where there is one)")
    sub.add_argument(
        "--values",
        default="survival",
        choices=("survival", "death"),
        help="what the probabilities are of: being alive by the day, or having died (survival)",
    )
    sub.add_argument("--metrics", help="keys of `spinesurv metrics` separated by commas")
    sub.add_argument("--reference", default="", help="model with which every other is compared")
    sub.add_argument("--delimiter", help="what separates cells (comma, or tab in a tsv)")
    sub.add_argument("--decimal", default=".", choices=(".", ","), help="decimal sign (.)")
    sub.add_argument("--out", type=Path, required=True, help="folder of results")
    sub.add_argument("--force", action="store_true", help="overwrite a folder that belongs to something else")

    sub = command(
        "synth",
        _synth,
        "Write a synthetic multi-institutional cohort.",
        "spinesurv synth --patients 500 --seed 1 --out cohort.csv --truth truth.csv",
    )
    sub.add_argument("--patients", type=_positive, default=4304, help="number of patients (4304)")
    sub.add_argument("--seed", type=int, default=1, help="the same seed gives the same patients (1)")
    sub.add_argument("--out", type=Path, required=True, help="CSV file to write")
    sub.add_argument("--truth", type=Path, help="CSV file for the true survival and the blanked values")

    sub = command(
        "check",
        _check,
        "Import a table and say what is in it.",
        "spinesurv check centre_a.csv --mapping centre_a.toml",
    )
    _table(sub)
    sub.add_argument(
        "--out", type=Path, default=Path("reports") / "check", help="folder of the audit (reports/check)"
    )

    sub = command(
        "template",
        _template,
        "Write an empty cohort table to fill in.",
        "spinesurv template --out cohort.xlsx",
    )
    sub.add_argument(
        "--format", default="xlsx", choices=("xlsx", "redcap"), help="workbook, or REDCap dictionary (xlsx)"
    )
    sub.add_argument("--scores", help="only what these scores read, keys separated by commas")
    sub.add_argument("--all", action="store_true", help="every variable of the codebook")
    sub.add_argument(
        "--follow-up", default="dates", choices=("dates", "days"), help="how follow-up is entered (dates)"
    )
    sub.add_argument("--out", type=Path, required=True, help="xlsx file to write, or csv for REDCap")

    sub = command(
        "map", _map, "Propose a mapping file for a table.", "spinesurv map centre_a.csv --out centre_a.toml"
    )
    sub.add_argument("table", type=Path, help="table as it came")
    sub.add_argument("--sheet", help="of a workbook with several")
    sub.add_argument("--out", type=Path, default=Path("mapping.toml"), help="file to write (mapping.toml)")

    sub = command(
        "score",
        _score,
        "Point scores of every row of a table.",
        "spinesurv score cohort.csv --out scores.csv",
    )
    _table(sub)
    sub.add_argument(
        "--scores", help="keys, key.variant or definition files, separated by commas (all that are ready)"
    )
    sub.add_argument(
        "--totals",
        help="totals that you have worked out, for their groups: score=column, separated by commas",
    )
    sub.add_argument("--items", action="store_true", help="also the points of each item")
    sub.add_argument("--out", type=Path, required=True, help="csv or xlsx file to write")

    sub = command(
        "predict",
        _predict,
        "Predict every row of a table with a saved model.",
        "spinesurv predict reports/demo/models/cox.json cohort.csv --out predictions.csv",
    )
    sub.add_argument("model", type=Path, help="model file, as a study writes it to models/<key>.json")
    _table(sub)
    sub.add_argument(
        "--horizons",
        type=_days,
        help="days separated by commas (30,90,180,365, as far as the model has them)",
    )
    sub.add_argument(
        "--outside",
        choices=("flag", "trim"),
        default="flag",
        help="numbers outside the training range: name them, or also bring them to its end (flag)",
    )
    sub.add_argument(
        "--impute",
        type=_positive,
        default=0,
        metavar="COPIES",
        help="fill gaps in so many copies with the imputer of the file, where it holds one (no gap is filled)",
    )
    sub.add_argument("--out", type=Path, required=True, help="csv or xlsx file to write")

    sub = command(
        "decide",
        _decide,
        "Decision systems (SINS, ESCC, NOMS, survival gates) on every lesion of a table.",
        "spinesurv decide lesions.csv --out decisions.csv --cards",
    )
    _table(sub)
    sub.add_argument(
        "--cards", action="store_true", help="also a page per patient, in private/cards/ beside FILE"
    )
    sub.add_argument("--p-min", type=float, default=0.5, help="threshold of the survival gates (0.5)")
    sub.add_argument(
        "--grade-1c",
        choices=("low", "high", "indeterminate"),
        default="low",
        help="grade of compression 1c (low)",
    )
    sub.add_argument(
        "--potentially-unstable",
        choices=("both", "stable", "unstable", "collapse_rule"),
        default="both",
        help="SINS 7-12, which NOMS does not have (both)",
    )
    sub.add_argument(
        "--prior-rt",
        choices=("flag", "ignore", "treat_as_resistant"),
        default="flag",
        help="earlier radiotherapy of the level (flag)",
    )
    sub.add_argument(
        "--tolerance",
        choices=("entered", "nse2020"),
        default="entered",
        help="S of NOMS where nothing was entered: left open, or by ASA and ECOG (entered)",
    )
    sub.add_argument("--out", type=Path, required=True, help="csv, xlsx or json file to write")

    sub = command(
        "variants",
        _variants,
        "How many patients each variant and option of a score moves.",
        "spinesurv variants nesms cohort.csv",
    )
    sub.add_argument("score", help="key of a score, or a definition file")
    _table(sub)
    sub.add_argument("--out", type=Path, help="csv or xlsx file to write as well")

    sub = command("scores", _scores, "List the point scores.", "spinesurv scores")
    sub.add_argument(
        "--template", action="store_true", help="print the form for a point table that you enter from a paper"
    )
    command("models", _models, "List the models.", "spinesurv models")
    command("metrics", _metrics, "List the measures.", "spinesurv metrics")
    sub = command(
        "explain",
        _explain,
        "Tell what a score, model, measure or decision system is.",
        "spinesurv explain tomita",
    )
    sub.add_argument("name", help="key of a score, model, measure or decision system")
    return top


def _running(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--jobs", type=_positive, default=os.cpu_count() or 1, help="workers; results do not depend on it"
    )
    sub.add_argument("--resume", action="store_true", help="continue an interrupted run of the same study")
    sub.add_argument("--force", action="store_true", help="overwrite a folder that belongs to another study")


def _table(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("table", type=Path, help="table with canonical columns, or with --mapping any table")
    sub.add_argument("--mapping", type=Path, help="mapping file (TOML)")


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("a whole number of 1 or more is expected")
    return value


def _days(text: str) -> list[int]:
    days = [_positive(part) for part in text.split(",") if part.strip()]
    if not days:
        raise argparse.ArgumentTypeError("days separated by commas are expected")
    return days


def _names(text: str | None) -> list[str] | None:
    return [word.strip() for word in text.split(",") if word.strip()] if text else None


def _demo(args: argparse.Namespace) -> None:
    from spinesurv.study import Study

    _announce(Study.demo(), args)


def _run(args: argparse.Namespace) -> None:
    from spinesurv.study import Study

    _announce(Study.read(args.study), args)


def _announce(study: object, args: argparse.Namespace) -> None:
    result = study.run(  # type: ignore[attr-defined]
        args.out, n_workers=args.jobs, resume=args.resume, force=args.force, progress=True
    )
    print(f"jobs: {result.executed} run, {result.total - result.executed} found finished")
    _tell(result)


def _tell(result: StudyResult) -> None:
    for warning in result.warnings:
        print(f"note: {warning}")
    print(RESEARCH_USE)
    print(result.report)


def _evaluate(args: argparse.Namespace) -> None:
    from spinesurv.cohorts import ReadOptions
    from spinesurv.study.given import judge_predictions

    result = judge_predictions(
        args.predictions,
        args.out,
        horizons_days=args.horizons,
        site=args.site,
        values=args.values,
        metrics=_names(args.metrics),
        reference=args.reference,
        options=ReadOptions(delimiter=args.delimiter, decimal=args.decimal),
        force=args.force,
    )
    _tell(result)


def _synth(args: argparse.Namespace) -> None:
    from spinesurv.cohorts import write_synthetic

    write_synthetic(args.out, patients=args.patients, seed=args.seed, truth_path=args.truth)
    print(args.out)


def _check(args: argparse.Namespace) -> None:
    from spinesurv.cohorts import check_table

    print(check_table(args.table, mapping=args.mapping, out=args.out))


def _template(args: argparse.Namespace) -> None:
    from spinesurv.cohorts.template import write_template

    scores = _names(args.scores) or ()
    print(
        write_template(
            args.out, format=args.format, scores=scores, everything=args.all, follow_up=args.follow_up
        )
    )


def _map(args: argparse.Namespace) -> None:
    from spinesurv.cohorts.proposal import write_mapping

    print(write_mapping(args.table, args.out, sheet=args.sheet))


def _score(args: argparse.Namespace) -> None:
    from spinesurv.study.scoring import write_scores

    keys = _names(args.scores)
    totals = dict(_pair(entry) for entry in _names(args.totals) or ())
    print(
        write_scores(args.table, args.out, mapping=args.mapping, keys=keys, items=args.items, totals=totals)
    )


def _pair(text: str) -> tuple[str, str]:
    key, equals, column = text.partition("=")
    if not equals or not key or not column:
        raise InputError(f"--totals {text}: score=column is expected.")
    return key.strip(), column.strip()


def _variants(args: argparse.Namespace) -> None:
    from spinesurv.study.scoring import variants_text

    print(variants_text(args.score, args.table, mapping=args.mapping, out=args.out))


def _predict(args: argparse.Namespace) -> None:
    from spinesurv.study.predict import write_predictions

    print(
        write_predictions(
            args.model,
            args.table,
            args.out,
            mapping=args.mapping,
            horizons_days=args.horizons,
            outside=args.outside,
            impute=args.impute,
        )
    )


def _decide(args: argparse.Namespace) -> None:
    from spinesurv.decisions import DISCLAIMER, EMERGENCY
    from spinesurv.study.deciding import write_decisions

    told = write_decisions(
        args.table,
        args.out,
        mapping=args.mapping,
        cards=args.cards,
        p_min=args.p_min,
        grade_1c_policy=args.grade_1c,
        potentially_unstable_policy=args.potentially_unstable,
        prior_rt_policy=args.prior_rt,
        tolerance_rule=args.tolerance,
    )
    print(f"{DISCLAIMER}\n{EMERGENCY}\n{told}")


def _scores(args: argparse.Namespace) -> None:
    from spinesurv.study.catalogue import point_table_form, scores_text

    print(point_table_form() if args.template else scores_text())


def _models(args: argparse.Namespace) -> None:
    from spinesurv.study.catalogue import models_text

    print(models_text())


def _metrics(args: argparse.Namespace) -> None:
    from spinesurv.study.catalogue import metrics_text

    print(metrics_text())


def _explain(args: argparse.Namespace) -> None:
    from spinesurv.study.catalogue import explain

    print(explain(args.name))


if __name__ == "__main__":
    raise SystemExit(main())
