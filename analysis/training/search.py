"""`search`: many short runs of `fit`, each with other settings, and the best of them as a file.

What may be tried stands in the settings file's own table:

    [search]
    "optimiser.rate" = {low = 1e-4, high = 1e-2, log = true}
    "model.blocks" = {low = 2, high = 6}
    "optimiser.schedule" = {choices = ["cosine", "linear"]}

Proposals come from a tree-structured Parzen estimator, hopeless runs are ended by the median of the
runs before them, and both hear of validation people only: no test person is looked at. The study
lies in a SQLite file and each run in a folder of its own; a search that was killed goes on with the
very run it was killed in and comes to the same end. One process at a time works on a study.
"""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.training.errors import SettingsError
from analysis.training.fit import train
from analysis.training.settings import PARTS, SPACE, as_toml, read_toml, settings_from

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    import optuna

    from analysis.training.settings import FitSettings

STUDY: Final = "study.sqlite3"
BEST: Final = "best.toml"
TABLE: Final = "trials.json"
GIVEN: Final = "search.json"  # what the study was begun with
# What decides on whom is judged, and what is measured: tried out, it would move the goal.
FIXED: Final = tuple(
    f"data.{name}"
    for name in ("store", "sources", "test_people", "without", "validation_share", "least_people")
)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One setting and what it may be: one of `choices`, or a number from `low` to `high`."""

    name: str  # "optimiser.rate"
    choices: tuple[Any, ...] = ()
    low: Any = None  # whole numbers where both ends are
    high: Any = None
    log: bool = False
    step: float | None = None

    def propose(self, trial: optuna.Trial) -> Any:
        """A value for this trial; the same again when it is asked again."""
        if self.choices:
            return trial.suggest_categorical(self.name, self.choices)
        if isinstance(self.low, int) and isinstance(self.high, int):
            step = int(self.step or 1)
            return trial.suggest_int(self.name, self.low, self.high, step=step, log=self.log)
        return trial.suggest_float(self.name, self.low, self.high, step=self.step, log=self.log)


@dataclass(frozen=True, slots=True)
class Search:
    """One study: a settings file's values, what may be tried, and where it is kept."""

    content: Mapping[str, Any]
    space: tuple[Choice, ...]
    out: Path
    where: str

    def settings(self, tried: Mapping[str, Any]) -> FitSettings:
        """The file's settings with some of them replaced."""
        return settings_from(with_values(self.content, tried), where=self.where)

    def run(self, trial: optuna.Trial) -> float:
        """One run of `fit` as far as validation; its best score.

        Raises:
            optuna.TrialPruned: it does worse than the median of those before it.
        """
        import optuna

        tried = {one.name: one.propose(trial) for one in self.space}
        best = [float("nan")]

        def hear(epoch: int, score: float) -> None:
            best[0] = score
            trial.report(score, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned

        log.info("trial %d: %s", trial.number, tried)
        if trial.should_prune():  # killed between the verdict and its execution
            raise optuna.TrialPruned
        train(self.settings(tried), out=self.folder(trial.number), on_validation=hear)
        return best[0] if np.isfinite(best[0]) else self._kept(trial.number)

    def folder(self, number: int) -> Path:
        """Where one trial's run lies."""
        return self.out / f"trial-{number:04d}"

    def _kept(self, number: int) -> float:
        """The score of a run that had ended when the search was killed."""
        progress = json.loads((self.folder(number) / "state" / "progress.json").read_text())
        return float(progress["best"])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `python -m analysis.training search` takes."""
    parser.add_argument("config", type=Path, help="settings (TOML) with a [search] table")
    parser.add_argument("--trials", type=int, required=True, help="how many runs in all")
    parser.add_argument(
        "--out", type=Path, required=True, help="the study's folder; gone on with if begun"
    )


def run(given: argparse.Namespace) -> int:
    """The command: searches, prints a table, ends with the best trial as JSON."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    rows = search(given.config, trials=given.trials, out=given.out)
    sys.stdout.write("\n".join([*told(rows), json.dumps(_best(rows))]) + "\n")
    return 0


def search(config: Path, *, trials: int, out: Path) -> list[dict[str, Any]]:
    """Run until there are `trials` trials; write `best.toml` and `trials.json`; the table's rows.

    Raises:
        DataError: the data cannot be trained on.
        SettingsError: nothing to try, a value that cannot be, or another study lies in `out`.
    """
    if trials < 1:
        raise SettingsError(f"--trials: expected at least 1, got {trials}")
    found = _begun(config, out=out)
    study = _study(found)
    for number in range(trials):
        _one(study, found=found, number=number)
        rows = table(study)
        (out / TABLE).write_text(json.dumps(rows, indent=1), encoding="utf-8")
        best = _best(rows)
        if best:
            (out / BEST).write_text(as_toml(found.settings(best["settings"])), encoding="utf-8")
    return table(study)


def space_of(content: Mapping[str, Any], *, where: str) -> tuple[Choice, ...]:
    """What the `[search]` table lets be tried, in the order of names.

    Raises:
        SettingsError: no such table, a setting that does not exist or decides on whom is judged,
            or values that are no range and no choice.
    """
    wanted = dict(_leaves(content.get(SPACE, {})))
    if not wanted:
        raise SettingsError(
            f"{where}: expected a [{SPACE}] table, as: "
            '"optimiser.rate" = {low = 1e-4, high = 1e-2, log = true}'
        )
    return tuple(_choice(name, wanted[name], where=where) for name in sorted(wanted))


def with_values(content: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Plain settings with those named "part.name" (or "name") replaced."""
    changed = {k: dict(v) if isinstance(v, dict) else v for k, v in content.items() if k != SPACE}
    for name, value in values.items():
        part, _, own = name.rpartition(".")
        (changed.setdefault(part, {}) if part else changed)[own] = value
    return changed


def table(study: optuna.Study) -> list[dict[str, Any]]:
    """One row a trial: how it ended, its best score, after how many epochs, and what it tried."""
    return [
        {
            "trial": one.number,
            "state": one.state.name.lower(),
            "score": _score(one),
            "epochs": max(one.intermediate_values, default=0),
            "settings": dict(one.params),
        }
        for one in study.get_trials(deepcopy=False)
    ]


def told(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The table in lines, best first."""
    lines = ["trial  state     score  epochs  settings"]
    for row in sorted(rows, key=lambda row: -(row["score"] if row["score"] is not None else -1)):
        score = "    –" if row["score"] is None else f"{row['score']:.3f}"
        tried = ", ".join(f"{k}={v:.4g}" if isinstance(v, float) else f"{k}={v}"
                          for k, v in row["settings"].items())  # fmt: skip
        lines.append(f"{row['trial']:5d}  {row['state']:<8}  {score}  {row['epochs']:6d}  {tried}")
    return lines


def _begun(config: Path, *, out: Path) -> Search:
    """The study that a file asks for; one and the same for as long as `out` exists."""
    content = read_toml(config)
    space = space_of(content, where=config.name)
    found = Search(content=content, space=space, out=out, where=config.name)
    if not found.settings({}).data.validation_share:  # bad settings are refused now, too
        raise SettingsError(f"{config.name} [data] validation_share: expected above 0")
    out.mkdir(parents=True, exist_ok=True)
    kept, now = out / GIVEN, json.dumps(content, indent=1, sort_keys=True)
    if not kept.exists():
        kept.write_text(now)
    elif kept.read_text() != now:
        raise SettingsError(f"{out} holds a search with other settings ({kept.name}); name another")
    return found


def _study(found: Search) -> optuna.Study:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(
        study_name="search",
        storage=f"sqlite:///{found.out / STUDY}",
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1),
        load_if_exists=True,
    )


def _one(study: optuna.Study, *, found: Search, number: int) -> None:
    """Trial `number`: made, gone on with, or left as it ended.

    The sampler is seeded anew by the number, so that a kill between two trials changes nothing.
    """
    import optuna

    seed = int(np.random.SeedSequence([found.settings({}).seed, number]).generate_state(1)[0])
    study.sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=8)
    done = study.get_trials(deepcopy=False)
    if number < len(done) and done[number].state.is_finished():
        return
    begun = number < len(done)
    trial = optuna.Trial(study, done[number]._trial_id) if begun else study.ask()  # noqa: SLF001 - how Optuna names a trial of its own
    try:
        score = found.run(trial)
    except optuna.TrialPruned:
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
    else:
        study.tell(trial, score)


def _best(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    ended = [dict(row) for row in rows if row["state"] == "complete"]
    return max(ended, key=lambda row: row["score"], default={})


def _score(trial: optuna.trial.FrozenTrial) -> float | None:
    if trial.value is not None:
        return trial.value
    return max(trial.intermediate_values.values(), default=None)


def _leaves(values: Mapping[str, Any], *, under: str = "") -> list[tuple[str, Any]]:
    """("part.name", what it may be), whether the name was written in quotes or not."""
    found: list[tuple[str, Any]] = []
    for name, value in values.items():
        if isinstance(value, dict) and not set(value) & {"low", "high", "choices"}:
            found += _leaves(value, under=f"{under}{name}.")
        else:
            found.append((f"{under}{name}", value))
    return found


def _choice(name: str, told_of: Any, *, where: str) -> Choice:
    part, _, own = name.rpartition(".")
    known = {f"{p}.{f.name}" for p, kind in PARTS.items() for f in fields(kind)} - set(FIXED)
    if name not in known:
        raise SettingsError(
            f"{where} [{SPACE}]: {name!r} cannot be tried; expected {sorted(known)}"
        )
    words = {f.name for f in fields(Choice)} - {"name"}
    if not isinstance(told_of, dict) or set(told_of) - words:
        raise SettingsError(f"{where} [{SPACE}] {own}: expected a table of {sorted(words)}")
    given: dict[str, Any] = {k: tuple(v) if k == "choices" else v for k, v in told_of.items()}
    choice = Choice(name=name, **given)
    ranged = None not in {choice.low, choice.high} and choice.low <= choice.high
    if bool(choice.choices) == ranged or (choice.log and (choice.low or 0.0) <= 0.0):
        raise SettingsError(
            f"{where} [{SPACE}] {part}.{own}: expected choices = […], or low ≤ high "
            f"(low above 0 with log), got {told_of}"
        )
    return choice
