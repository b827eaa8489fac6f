"""What `bench/action_model.py` measures, as data: who is left out, what is learned, which figure.

An experiment's folds are settings of `analysis.training.fit`; where two experiments share a fold it
is trained once. A fold names somebody of each set at once: nobody who is judged on is learned from,
and one training serves the table's rows of all sets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# The rest of CMU is left out: it may show whom mocap6 shows, and the folds train faster.
SHIPPABLE: Final = ("uiprmd", "mocap6", "hdm05")
SEEDS: Final = (1, 2, 3)
ON_FEATURES: Final = ("logistic", "forest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One training: `test_people` as in `DataSettings`, and labels that it never hears of."""

    name: str
    test_people: tuple[str, ...]
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """Some folds, over some seeds."""

    name: str
    told: str
    folds: tuple[Fold, ...]
    figures: Mapping[str, str]  # key of the JSON line → score of `Judged.scores`, or of `kind`
    sources: tuple[str, ...] = SHIPPABLE
    kind: str = "folds"  # or "tennis", "unknown", "few_shot", "fusion": see `bench.action_runs`
    may_ship_only: bool = True
    seeds: tuple[int, ...] = SEEDS
    baselines: tuple[str, ...] = ON_FEATURES
    slow_baselines: tuple[str, ...] = ()  # with --slow only: an hour a fold on a busy core
    baseline_views: int = 4  # cameras a clip is seen through, for the baselines to learn from
    overrides: Mapping[str, Any] = field(default_factory=dict)  # of the settings, by part

    @property
    def sets(self) -> tuple[str, ...]:
        """The sets whose scores are its figures."""
        named = {score.partition("/")[0] for score in self.figures.values() if "/" in score}
        return tuple(sorted(named))


ACTORS: Final = ("hdm05:bd", "hdm05:bk", "hdm05:dg")
SUBJECTS: Final = tuple(f"uiprmd:s{number:02d}" for number in range(1, 8))
RECORDINGS: Final = ("cmu:13_29", "cmu:13_30", "cmu:14_14")
MATCHES: Final = tuple(
    f"tennis:{name}" for name in ("dimitrov_thiem", "djoko_sock", "federer", "nadal")
)

# Two subjects of UI-PRMD at a time: harder than one, and half the trainings.
PAIRS: Final = tuple(SUBJECTS[at : at + 2] for at in range(0, len(SUBJECTS), 2))
LEAVE_OUT: Final = tuple(
    Fold(
        name=f"fold{number + 1}",
        test_people=(
            *pair,
            *(names[number] for names in (ACTORS, RECORDINGS) if number < len(names)),
        ),
    )
    for number, pair in enumerate(PAIRS)
)
# Labels that are never heard of in training; the people judged on are others too.
HELD_OUT: Final = (
    ("uiprmd.deep_squat", "uiprmd.shoulder_rotation", "uiprmd.straight_leg_raise"),
    ("uiprmd.hurdle_step", "uiprmd.shoulder_abduction", "uiprmd.sit_to_stand"),
    ("uiprmd.inline_lunge", "uiprmd.side_lunge", "uiprmd.shoulder_scaption"),
)  # fmt: skip
NOVELTY: Final = tuple(
    Fold(
        name=f"without{number + 1}",
        test_people=SUBJECTS[2 * number : 2 * number + 2],
        without=labels,
    )
    for number, labels in enumerate(HELD_OUT)
)

# Somebody is held out to set the threshold of "unknown" by.
THRESHOLDS: Final = {"data": {"validation_share": 0.15}}

EXPERIMENTS: Final = (
    Experiment(
        name="hdm05_loao",
        told="HDM05, 11 classes, leave one actor out",
        folds=LEAVE_OUT[: len(ACTORS)],
        figures={"hdm05_loao": "hdm05/accuracy"},
        baseline_views=8,
        slow_baselines=("st_gcn",),
    ),
    Experiment(
        name="uiprmd_loso",
        told="UI-PRMD, 10 exercises and right or wrong, two subjects left out at a time",
        folds=LEAVE_OUT,
        figures={
            "uiprmd_exercise_loso": "uiprmd/accuracy",
            "uiprmd_correct_loso": "uiprmd/grade_accuracy",
        },
        baseline_views=4,
    ),
    Experiment(
        name="mocap6_loso",
        told="mocap6, 12 activities frame by frame, leave one recording out (of two people)",
        folds=LEAVE_OUT[: len(RECORDINGS)],
        figures={
            "mocap6_frame_accuracy": "mocap6/frame_accuracy",
            "mocap6_f1_50": "mocap6/f1_50",
        },
        baselines=("ms_tcn",),
        baseline_views=16,
    ),
    Experiment(
        name="jhmdb_mean3",
        told="JHMDB, 14 classes, mean of the official splits (benchmark only; people unknown)",
        folds=tuple(Fold(name=f"split{n}", test_people=(f"jhmdb:test{n}",)) for n in (1, 2, 3)),
        figures={"jhmdb_mean3": "jhmdb/accuracy"},
        sources=("jhmdb",),
        may_ship_only=False,
        slow_baselines=("st_gcn",),
    ),
    Experiment(
        name="tennis",
        told="tennis, 4 labels, leave one source out: by the labels' texts, and after fine-tuning",
        folds=tuple(Fold(name=match.partition(":")[2], test_people=(match,)) for match in MATCHES),
        figures={"tennis_before": "before", "tennis_after": "tennis/accuracy"},
        sources=("tennis",),
        kind="tennis",
        may_ship_only=False,
        baseline_views=1,
    ),
    Experiment(
        name="unknown_recall",
        told="movements never heard of, answered unknown at 5 % false rejection",
        folds=NOVELTY,
        figures={"unknown_recall": "unknown_recall"},
        kind="unknown",
        overrides=THRESHOLDS,
        baselines=(),
    ),
    Experiment(
        name="few_shot",
        told="a technique added with its text and 5 examples, 20 tries, against nearest neighbour",
        folds=NOVELTY,
        figures={"few_shot_gain_points": "gain_points"},
        kind="few_shot",
        overrides=THRESHOLDS,
        baselines=(),
    ),
    Experiment(
        name="fusion",
        told="pose and text against pose only and text only, with and without a coach's hint",
        folds=LEAVE_OUT[:1],
        figures={},
        kind="fusion",
        baselines=(),
    ),
)  # fmt: skip
FUSIONS: Final = ("fused", "pose", "text")


def named(name: str) -> Experiment:
    """An experiment by its name or by a key of its figures.

    Raises:
        KeyError: no such experiment; names those there are.
    """
    for experiment in EXPERIMENTS:
        if name == experiment.name or name in experiment.figures:
            return experiment
    names = ", ".join(experiment.name for experiment in EXPERIMENTS)
    raise KeyError(f"{name}: expected one of {names}")
