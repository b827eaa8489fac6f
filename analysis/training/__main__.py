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
    "distil": ("distil", "train a smaller network on a larger one's answers"),
    "prune": ("prune", "cut channels, heads and neurons out of a checkpoint's network"),
    "export": ("export", "write a checkpoint's whole network as ONNX"),
    "quantise": ("quantise", "write a checkpoint's whole network as ONNX with 8-bit weights"),
    "compare": ("compare", "put checkpoints and exports side by side: accuracy, time, memory"),
    "evaluate": ("evaluate", "score a checkpoint on a folder of labelled movement"),
    "robustness": ("robustness", "score a checkpoint on footage made worse in measured ways"),
    "pseudo": ("pseudo", "guess labels of unlabelled clips where a checkpoint is sure"),
    "acquire": ("acquire", "rank the clips whose labels would teach the most"),
    "fit-noise": ("fit_noise", "fit the noise model to BlazePose on rendered clips"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; a refusal ends with its reason and status 2."""
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
    except refusals() as error:
        sys.stderr.write(f"{error}\n")
        return 2


def refusals() -> tuple[type[Exception], ...]:
    """What is told as a reason and not as a traceback; a module not yet loaded raised nothing."""
    loaded = sys.modules.get("analysis.actions.checkpoint")
    return (DataError, SettingsError, *([loaded.CheckpointError] if loaded else []))


if __name__ == "__main__":
    raise SystemExit(main())
