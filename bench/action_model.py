"""What the action model is worth, beside plain baselines: kept results, or one made anew.

`python bench/action_model.py [--json]` prints what is kept in `bench/results/*.json`, and of each
result whether today's code and data are those that it was made from. Nothing is trained.

`--rerun NAME` makes one experiment of `bench/action_experiments.py` anew: for each fold and seed
fit → judge, and the baselines on the same folds; `--only baselines` or `--only fused` makes one
half. Finished trainings are kept under `--work` and used again by whatever shares them, so that a
rerun that was killed goes on. `--quick` tries one fold, one seed and two epochs, and keeps nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # a script, run from anywhere

from bench import action_results as results
from bench.action_experiments import EXPERIMENTS, Experiment, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.training.store import Store

QUICK_EPOCHS: Final = 2
CONFIGS: Final = results.ROOT / "analysis" / "training" / "configs"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what is kept, after making one anew when asked."""
    given = _parsed(arguments)
    if given.rerun:
        try:
            experiment = named(given.rerun)
        except KeyError as error:
            sys.stderr.write(f"{error.args[0]}\n")
            return 2
        if given.quick:
            experiment = replace(experiment, folds=experiment.folds[:1], seeds=experiment.seeds[:1])
        _rerun(experiment, given=given)
        if given.quick:
            return 0
    for line in told(given.results, data=given.data):
        print(line)
    if given.json:
        print(json.dumps(figures(given.results)))
    return 0


def figures(folder: Path) -> dict[str, Any]:
    """The JSON line: every key of every experiment; null where no result has been made."""
    line: dict[str, Any] = {}
    baselines: dict[str, Any] = {}
    for experiment in EXPERIMENTS:
        kept = results.read(experiment.name, folder=folder) or {}
        fused = kept.get("fused", {}).get("summary", {})
        for key in experiment.figures:
            line[key] = fused.get(key, {}).get("mean")
            line[f"{key}_sd"] = fused.get(key, {}).get("sd")
        baselines.update(kept.get("baselines", {}).get("summary", {}))
    return {**line, "baselines": baselines}


def told(folder: Path, *, data: Path) -> Iterator[str]:
    """What is kept, experiment by experiment, in lines."""
    for experiment in EXPERIMENTS:
        kept = results.read(experiment.name, folder=folder)
        yield f"{experiment.name}: {experiment.told}"
        if kept is None:
            yield "  no result has been made"
            continue
        for part in ("fused", "baselines"):
            if part in kept:
                yield from _part(part, kept=kept[part], experiment=experiment, data=data)
            elif part == "fused" or experiment.baselines or experiment.slow_baselines:
                yield f"  {part}: no result has been made"


def _part(part: str, *, kept: dict[str, Any], experiment: Experiment, data: Path) -> Iterator[str]:
    made = kept["made"]
    yield f"  {part}, {made['date']}, {made['machine']}"
    why = results.stale(part, kept=kept, experiment=experiment, data=data)
    if why:
        yield f"    NOT FROM TODAY'S: {'; '.join(why)}"
    yield from _lines(experiment, {part: kept}).splitlines()
    for run in kept["runs"]:
        for key, score in experiment.figures.items():
            if score in run["scores"]:
                who = run.get("baseline", "fused")
                place = f"{who} seed {run['seed']} {run['fold']}"
                yield f"      {key} {place}: {run['scores'][score]:.3f}"


def _lines(experiment: Experiment, made: dict[str, Any]) -> str:
    lines = []
    for part, one in made.items():
        for key, summary in one["summary"].items():
            by_name = {"fused": summary} if part == "fused" else summary
            for name, value in by_name.items():
                lines.append(f"    {key} {name}: {_value(value)}")
    return "\n".join(lines) or f"    nothing measured for {experiment.name}"


def _value(value: Any) -> str:
    if not isinstance(value, dict) or value.get("mean") is None:
        return json.dumps(value)
    spread = "" if value.get("sd") is None else f" ± {value['sd']:.3f}"
    return f"{value['mean']:.3f}{spread} ({value.get('seeds', 1)} seeds)"


def _rerun(experiment: Experiment, *, given: argparse.Namespace) -> None:
    """Make it anew; what is made is kept seed by seed, so that a kill costs one."""
    with tempfile.TemporaryDirectory(prefix="sportsbr-bench-") as name:
        store = _store(given, folder=Path(name) / "store")
        names = (*experiment.baselines, *(experiment.slow_baselines if given.slow else ()))
        if given.only != "fused" and names:
            _baselines(experiment, names=names, store=store, given=given)
        if given.only != "baselines":
            from bench import action_fused

            epochs = QUICK_EPOCHS if given.quick else None
            fused = action_fused.run(
                experiment,
                store=store,
                work=given.work or Path(name) / "runs",
                stages=action_fused.stages(given.settings, epochs=epochs),
                start=given.weights,
            )
            made = results.made("fused", store=store, experiment=experiment)
            _keep(experiment, part="fused", made={"made": made, **fused}, given=given)


def _baselines(
    experiment: Experiment, *, names: Sequence[str], store: Store, given: argparse.Namespace
) -> None:
    """Runs of other seeds that are kept stay, where code, data and folds are the same."""
    from bench import action_baselines

    made = results.made("baselines", store=store, experiment=experiment)
    for seed in given.seeds or experiment.seeds:
        kept = (results.read(experiment.name, folder=given.results) or {}).get("baselines")
        same = kept is not None and results.same(kept["made"], made) and not given.quick
        others = [
            run
            for run in (kept["runs"] if kept and same else [])
            if (run["seed"], run["baseline"]) not in {(seed, name) for name in names}
        ]
        runs = [*others, *action_baselines.run(experiment, store=store, seed=seed, names=names)]
        summary = action_baselines.summary(experiment, runs=runs)
        one = {"made": made, "runs": runs, "summary": summary}
        _keep(experiment, part="baselines", made=one, given=given)


def _keep(
    experiment: Experiment, *, part: str, made: dict[str, Any], given: argparse.Namespace
) -> None:
    if given.quick:
        print(f"{experiment.name}, a quick try that is not kept:")
        print(_lines(experiment, {part: made}))
    else:
        results.keep(experiment.name, parts={part: made}, folder=given.results)


def _store(given: argparse.Namespace, *, folder: Path) -> Store:
    import torch

    from analysis.training.prepare import prepare
    from analysis.training.store import open_store

    torch.set_num_threads(given.threads)
    if given.store:
        return open_store(given.store)
    prepare(given.data, out=folder)
    return open_store(folder)


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--rerun", metavar="NAME", help="make this experiment (or key) anew")
    parser.add_argument("--only", choices=("baselines", "fused"), help="one half of it")
    parser.add_argument("--seeds", type=_seeds, help="of the baselines: 1,2 (else as it says)")
    parser.add_argument("--slow", action="store_true", help="the slow baselines too")
    parser.add_argument("--quick", action="store_true", help="a short try; nothing is kept")
    parser.add_argument("--data", type=Path, default=results.DATA, help="labelled movement")
    parser.add_argument("--store", type=Path, help="instead of --data: already prepared")
    parser.add_argument("--settings", type=Path, default=CONFIGS, help="holds the two TOML files")
    parser.add_argument("--weights", type=Path, help="where tennis starts from (else as shipped)")
    parser.add_argument("--work", type=Path, help="keeps trainings; shared between experiments")
    parser.add_argument("--results", type=Path, default=results.RESULTS, help="where kept")
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    return parser.parse_args(arguments)


def _seeds(words: str) -> tuple[int, ...]:
    return tuple(int(word) for word in words.split(","))


if __name__ == "__main__":
    raise SystemExit(main())
