"""How well `verify` tells true sentences from planted falsehoods.

Sentences are made by putting the facts of made-up findings (`faithfulness_cases`) into wording that
people might use (`bench/paraphrases/*.yaml`); then one thing in each is made wrong: a number, a
unit, a side, a joint, a phase, a direction, a count, a comparison, a cause, a drill, or an injected
instruction is followed. `held_out.yaml` was written before the checker and is not what it was
worked on with; `--bank development` is.

    python -m bench.faithfulness [--bank held_out] [--show 20] [--json]
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

import yaml

from analysis.feedback.claims import rule
from analysis.knowledge.catalogue import load_catalogue
from analysis.schema import Verdict
from bench.faithfulness_cases import STYLES, Case, cases, facts, told
from bench.faithfulness_plants import plants

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analysis.knowledge.catalogue import Catalogue

BANKS: Final = Path(__file__).parent / "paraphrases"
PRESCRIBED: Final = frozenset({"drill", "cue"})
PER_KIND: Final = 400  # planted sentences of one kind and language at most


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with what is wrong with it ("" for a true one)."""

    lang: str
    text: str
    wrong: str
    case: Case


def main() -> None:
    """Print the figures, and with --show some of the sentences that were judged wrongly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bank", default="held_out", help="a file of bench/paraphrases")
    parser.add_argument("--rounds", type=int, default=6, help="values drawn for every measure")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--show", type=int, default=0, help="wrongly judged sentences to print")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    options = parser.parse_args()
    catalogue = load_catalogue()
    bank = yaml.safe_load((BANKS / f"{options.bank}.yaml").read_text(encoding="utf-8"))
    said = list(sentences(bank, catalogue=catalogue, seed=options.seed, rounds=options.rounds))
    figures = judged(said, catalogue=catalogue, show=options.show)
    frames = sum(len(v) for words in bank.values() for v in words["frames"].values())
    for key, value in {"bank": options.bank, "frames": frames, **figures}.items():
        print(f"{key}: {value}")
    if options.json:
        print(json.dumps({"bank": options.bank, "frames": frames, **figures}))


def sentences(
    bank: Mapping[str, Any], *, catalogue: Catalogue, seed: int, rounds: int
) -> Iterator[Said]:
    """Every true sentence once, and falsehoods, of each kind at most `PER_KIND` a language."""
    for lang, words in bank.items():
        rng = Random(seed)  # noqa: S311 - made-up measurements, the same in every run
        planted: dict[str, dict[str, Said]] = defaultdict(dict)
        seen: set[str] = set()
        for case in cases(catalogue, rng=rng, rounds=rounds):
            style = rng.choice(STYLES)
            known = facts(case, catalogue=catalogue, lang=lang, style=style, rng=rng)
            for group, frame in _frames(case, words["frames"]):
                text = fill(frame, known=known, catalogue=catalogue, lang=lang)
                if text is None:
                    continue
                if text not in seen and rng.random() < 0.5:
                    seen.add(text)
                    yield Said(lang, text, "", case)
                for wrong, lie in plants(
                    frame, group=group, case=case, known=known, words=words, catalogue=catalogue,
                    lang=lang, rng=rng,
                ):  # fmt: skip
                    if rng.random() < 0.35:
                        planted[wrong][lie] = Said(lang, lie, wrong, case)
        for kind in planted.values():
            chosen = list(kind.values())
            rng.shuffle(chosen)
            yield from chosen[:PER_KIND]


def _frames(case: Case, frames: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    for group in groups_of(case):
        for frame in frames.get(group, []):
            yield group, frame


def groups_of(case: Case) -> list[str]:
    """Which groups of wording speak truly of a case."""
    point = case.point
    if case.verdict is Verdict.CANNOT_TELL:
        return ["unjudged"]
    if len(case.points) == 2:
        return ["sides", "cause", "cue", "drill"]
    groups = ["neutral", "phase", "time"]
    groups.append("range" if len(point.measured) > 1 else "single")
    if "bend" in case.metric.name["en"] and point.side == "":
        groups.append("bend")
    if case.verdict is Verdict.WITHIN:
        groups.append("within_low" if point.findings[0].low > -1e9 else "within_high")
        return groups
    groups += [case.verdict.value, "fault", "cause", "cue", "drill"]
    if point.count > 1:
        groups.append("ordinal")
    if point.count == point.repetitions:
        groups.append("count_all")
    elif point.count > 1:
        groups.append("count_some")
    return groups


def fill(frame: str, *, known: Mapping[str, Any], catalogue: Catalogue, lang: str) -> str | None:
    """A frame with its facts; None where one of them is not to be had."""
    slots = {key: value for key, value in known.items() if isinstance(value, str)}
    for key, (value, unit) in known["numbers"].items():
        slots[key] = (
            told(value, unit=unit, catalogue=catalogue, lang=lang, style=known["style"])
            if unit
            else _nth(int(value), lang=lang, style=known["style"])
        )
    try:
        text = frame.format(**slots)
    except KeyError:
        return None
    if "{joint}" in frame or not text.strip():
        return None
    text = text[:1].upper() + text[1:]
    return text if text[-1:] in ".。!！" else text + ("." if lang == "en" else "。")


def _nth(number: int, *, lang: str, style: str) -> str:
    from bench.faithfulness_cases import EN_NTH, spelled

    if lang == "en":
        return EN_NTH[number]
    return spelled(number, lang=lang) if style == "words" else str(number)


def judged(said: list[Said], *, catalogue: Catalogue, show: int) -> dict[str, Any]:
    """Shares of planted sentences that were caught and of true ones that were dropped."""
    totals: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    distinct: set[str] = set()
    for item in said:
        ruling = rule(item.text, points=item.case.points, catalogue=catalogue, lang=item.lang)
        distinct.add(item.text)
        kind = f"{item.lang} {item.wrong or 'true'}"
        totals[kind] += 1
        if bool(ruling.problem) == bool(item.wrong):
            continue
        missed[kind] += 1
        if missed[kind] <= show:
            facts_ = [(p.side, p.mean, p.count, p.repetitions) for p in item.case.points]
            print(f"[{kind}] {item.text} <{ruling.problem}> {item.case.verdict} {facts_}")
    planted = sum(n for kind, n in totals.items() if not kind.endswith("true"))
    true = totals.total() - planted
    let_pass = sum(n for kind, n in missed.items() if not kind.endswith("true"))
    dropped = missed.total() - let_pass
    return {
        "caught": round(1 - let_pass / planted, 4),
        "wrongly_dropped": round(dropped / true, 4),
        "planted": planted,
        "true_sentences": true,
        "missed_of_kind": {k: f"{missed[k]}/{n}" for k, n in sorted(totals.items())},
    }


if __name__ == "__main__":
    main()
