"""Which sets there are, how their files are named, and on what terms weights may use them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final, TypeAlias, cast

from analysis.training.records import Licence, MeasureTable, MotionClip, Removed, Ship

Item: TypeAlias = MotionClip | MeasureTable | Removed
Reader: TypeAlias = Callable[[Path], Iterator[Item]]

CMU: Final = Licence(
    "CMU-mocap",
    Ship.MAIN,
    "Motion data from mocap.cs.cmu.edu, created with funding from NSF EIA-0196217.",
)
LICENCES: Final = {
    licence.name: licence
    for licence in (
        CMU,
        Licence("PDDL-1.0", Ship.MAIN, "UI-PRMD (Vakanski, Jun, Paul, Baker 2018), public domain."),
        Licence(
            "BSD-2-Clause",
            Ship.MAIN,
            "mocap6 labels by E. Fox and M. Hughes (Fox et al. 2014), motion from CMU.",
        ),
        Licence(
            "CC-BY-SA-3.0",
            Ship.MAIN,
            "HDM05 (Müller et al. 2007), CC BY-SA 3.0: the weights carry the same licence.",
        ),
        Licence("MIT-caddieset", Ship.MAIN, "CaddieSet, MIT."),
        Licence("MIT-exercise-correction", Ship.MAIN, "Exercise-Correction, MIT."),
        Licence("unverified-jhmdb", Ship.NEVER, "JHMDB (Jhuang et al. 2013), benchmark only."),
        Licence("none-stated-tennis", Ship.NEVER, "Tennis shots of four matches, no licence."),
        Licence(
            "CC-BY-NC-4.0",
            Ship.APART,
            "Bandai-Namco-Research-Motiondataset, CC BY-NC 4.0: not for commercial use.",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class DataSet:
    """One set: `pattern` is what its file is called, whoever is in it."""

    name: str
    pattern: str
    module: str  # of analysis.training.readers; has read(path)
    licence: str

    def read(self, path: Path) -> Iterator[Item]:
        """Clips, tables and what had to be left out, one by one: nothing is held."""
        reader = cast("Reader", import_module(f"analysis.training.readers.{self.module}").read)
        return reader(path)


SETS: Final = {
    one.name: one
    for one in (
        DataSet("uiprmd", "ui_prmd_vicon*.npz", "uiprmd", "PDDL-1.0"),
        DataSet("cmu_bvh", "cmu_bvh*.tar.xz", "cmu_bvh", "CMU-mocap"),
        DataSet("cmu_expmap", "cmu_expmap*.tar.xz", "expmap", "CMU-mocap"),
        DataSet("mocap6", "mocap6*.tar.xz", "mocap6", "BSD-2-Clause"),
        DataSet("hdm05", "hdm05*.tar.xz", "hdm05", "CC-BY-SA-3.0"),
        DataSet("caddieset", "caddieset*.csv", "caddieset", "MIT-caddieset"),
        DataSet(
            "exercise_correction",
            "exercise_correction*.tar.xz",
            "exercise_correction",
            "MIT-exercise-correction",
        ),
        DataSet("jhmdb", "jhmdb*.npz", "jhmdb", "unverified-jhmdb"),
        DataSet("tennis", "tennis_shots*.npz", "tennis", "none-stated-tennis"),
        DataSet("bandai", "bandai_namco*.tar.xz", "bandai", "CC-BY-NC-4.0"),
    )
}


def may_ship(licence: str) -> bool:
    """Whether the main weights may be trained on it."""
    return LICENCES[licence].ship is Ship.MAIN


def set_of(path: Path) -> DataSet | None:
    """The set that a file belongs to, by its name; None when no reader knows it."""
    return next((one for one in SETS.values() if path.match(one.pattern)), None)
