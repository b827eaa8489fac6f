"""`distil`: a smaller network learns a larger one's answers beside the labels.

It is `fit` with a teacher: the same settings file, whose [model] may be any network (fewer or
narrower blocks, the first layers of the language model, no language model at all) and whose
[distil] says what weighs how much.
"""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.actions import checkpoint
from analysis.training.fit import fit
from analysis.training.settings import read_settings

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `python -m analysis.training distil` takes."""
    parser.add_argument("config", type=Path, help="the student's settings (TOML)")
    parser.add_argument("--teacher", type=Path, required=True, help="checkpoint to learn from")
    parser.add_argument(
        "--out", type=Path, required=True, help="the run's folder; resumed if begun"
    )


def run(given: argparse.Namespace) -> int:
    """The command: trains, and prints the test's scores as JSON."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    checkpoint.describe(given.teacher)  # refused before minutes go into reading the data
    settings = read_settings(given.config)
    settings = replace(settings, distil=replace(settings.distil, teacher=str(given.teacher)))
    sys.stdout.write(json.dumps(fit(settings, out=given.out)) + "\n")
    return 0
