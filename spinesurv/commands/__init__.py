"""The commands of the command line, one file each, in the order of the list that `spinesurv --help` prints."""

from spinesurv.commands import (
    check,
    decide,
    evaluate,
    explain,
    lists,
    map,
    predict,
    run,
    score,
    synth,
    template,
    variants,
)

COMMANDS = (
    run.DEMO,
    run.RUN,
    evaluate.COMMAND,
    synth.COMMAND,
    check.COMMAND,
    template.COMMAND,
    map.COMMAND,
    score.COMMAND,
    predict.COMMAND,
    decide.COMMAND,
    variants.COMMAND,
    lists.SCORES,
    lists.MODELS,
    lists.METRICS,
    explain.COMMAND,
)

__all__ = ["COMMANDS"]
