"""`python -m analysis.training COMMAND`: from labelled movement to weights."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

from analysis.training.errors import DataError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Each module has add_arguments(parser) and run(given) -> exit status; it is imported when named.
COMMANDS: Final = {
    "prepare": ("prepare", "read a folder of labelled movement into one store"),
    "fit": ("fit", "train the fused model as a settings file says"),
    "search": ("search", "try settings, and keep the best by people who are not trained on"),
    "pretrain": ("pretrain", "teach the pose encoder by hiding keypoints, without labels"),
    "evaluate": ("evaluate", "score a checkpoint on a folder of labelled movement"),
    "robustness": ("robustness", "score a checkpoint on footage made worse in measured ways"),
    "pseudo": ("pseudo", "guess labels of unlabelled clips where a checkpoint is sure"),
    "acquire": ("acquire", "rank the clips whose labels would teach the most"),
    "fit-noise": ("fit_noise", "fit the noise model to BlazePose on rendered clips"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; a refusal of data or settings ends with its reason and status 2."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="python -m analysis.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (module, told) in COMMANDS.items():
        sub = commands.add_parser(name, help=told, description=told)
        if words[:1] == [name]:
            import_module(f"analysis.training.{module}").add_arguments(sub)
    given = parser.parse_args(words)
    module, _ = COMMANDS[given.command]
    try:
        return int(import_module(f"analysis.training.{module}").run(given))
    except (DataError, SettingsError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
