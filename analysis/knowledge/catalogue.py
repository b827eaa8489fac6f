"""Everything that is known of the sports, loaded from the data files beside this module."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from analysis.knowledge.node import CatalogueError
from analysis.knowledge.read import (
    check_together,
    read_lexicon,
    read_sport,
    read_table,
    read_units,
)
from analysis.knowledge.yaml_lines import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.resources.abc import Traversable

    from analysis.knowledge.records import (
        Cause,
        Drill,
        Fault,
        Lexicon,
        Metric,
        Sport,
        Technique,
        Text,
        Unit,
    )

__all__ = ["Catalogue", "CatalogueError", "load_catalogue", "read_catalogue"]

TERMS_FILE: Final = "terms.yaml"
KNOWLEDGE_SCHEMA: Final = "2"  # of the files: what keys mean


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """The sports, and the words for what they share."""

    all_sports: tuple[Sport, ...]
    units: Mapping[str, Unit]
    terms: Mapping[str, Text]  # "side.left", "verdict.below", "reason.view", "advice.view" …
    lexicon: Lexicon
    sha256: str = ""  # of the files' names and bytes

    @property
    def version(self) -> dict[str, str]:
        """What a report says of the knowledge that it was made with."""
        return {"schema": KNOWLEDGE_SCHEMA, "sha256": self.sha256}

    def sports(self) -> tuple[Sport, ...]:
        """Sports in order of their key."""
        return self.all_sports

    @property
    def techniques(self) -> tuple[Technique, ...]:
        """Techniques of all sports."""
        return tuple(t for sport in self.all_sports for t in sport.techniques)

    def technique(self, key: str) -> Technique:
        """A technique by its key.

        Raises:
            KeyError: no such technique; the message lists those there are.
        """
        for technique in self.techniques:
            if technique.key == key:
                return technique
        known = [t.key for t in self.techniques]
        raise KeyError(f"no technique {key!r}; expected one of {known}")

    def metric(self, key: str) -> Metric:
        """A metric by its full key, with or without a side at the end."""
        return self.technique(_technique_of(key)).metric(key)

    def fault(self, key: str) -> Fault:
        """A fault by its full key.

        Raises:
            KeyError: no such fault.
        """
        for fault in self.technique(_technique_of(key)).faults:
            if fault.key == key:
                return fault
        raise KeyError(f"no fault {key!r} in {_technique_of(key)}")

    def candidates(self, sport: str | None) -> tuple[Technique, ...]:
        """Techniques of one sport, or of all for None.

        Raises:
            KeyError: no such sport.
        """
        if sport is None:
            return self.techniques
        for known in self.all_sports:
            if known.key == sport:
                return known.techniques
        names = [s.key for s in self.all_sports]
        raise KeyError(f"no sport {sport!r}; expected one of {names}")

    def text(self, key: str, lang: str) -> str:
        """The name of anything with a key.

        Sports ("strength"), techniques ("strength.squat"), their phases, metrics, faults and drills
        ("strength.squat.shallow"; a metric may end in its side), and terms ("unit.deg",
        "side.left", "verdict.below", "reason.view", "view.front").

        Raises:
            KeyError: nothing has that key.
        """
        if key in self.terms:
            return self.terms[key][lang]
        parts = key.split(".")
        for sport in self.all_sports:
            if sport.key == key:
                return sport.name[lang]
        technique = self.technique(_technique_of(key))
        if len(parts) == 2:
            return technique.name[lang]
        name = _names(technique)[parts[2]][lang]
        if len(parts) == 3:
            return name
        side = self.terms[f"side.{parts[3]}"][lang]
        return f"{name} ({side})" if lang == "en" else f"{name}（{side}）"

    def describe(self, lang: str) -> dict[str, Any]:
        """All of it in one language, in plain values for pages and the API."""
        return {
            "language": lang,
            "sports": [
                {
                    "key": sport.key,
                    "name": sport.name[lang],
                    "techniques": [_describe(t, lang=lang) for t in sport.techniques],
                }
                for sport in self.all_sports
            ],
            "units": {
                unit.key: {
                    "symbol": unit.symbol[lang],
                    "name": unit.name[lang],
                    "decimals": unit.decimals,
                }
                for unit in self.units.values()
            },
            "terms": {key: words[lang] for key, words in self.terms.items()},
        }


@cache
def load_catalogue() -> Catalogue:
    """The catalogue that ships with the code; read once in a process, kept from then on.

    Raises:
        CatalogueError: a file cannot be used; names the file, the line and the key.
    """
    here = files("analysis.knowledge")
    return read_catalogue(f for f in here.iterdir() if f.name.endswith(".yaml"))


def read_catalogue(sources: Iterable[Traversable]) -> Catalogue:
    """A catalogue from data files, one of which is `terms.yaml`.

    Raises:
        CatalogueError: a file cannot be used; names the file, the line and the key.
    """
    texts = {source.name: source.read_bytes() for source in sources}
    if TERMS_FILE not in texts:
        raise CatalogueError(f"expected a file {TERMS_FILE} among {sorted(texts)}")
    nodes = {name: read_lines(text, file=name) for name, text in sorted(texts.items())}
    shared = nodes.pop(TERMS_FILE)
    shared.only("units", "sides", "verdicts", "reasons", "advice", "views", "lexicon")
    units = read_units(shared.child("units"))
    lexicon = read_lexicon(shared.child("lexicon"))
    terms = {f"unit.{unit.key}": unit.name for unit in units.values()}
    for group in ("sides", "verdicts", "reasons", "advice", "views"):
        table = read_table(shared.child(group))
        terms |= {f"{group.removesuffix('s')}.{key}": text for key, text in table.items()}
    body = frozenset(lexicon.groups["body"])
    sports = tuple(read_sport(node, units=units, body=body) for node in nodes.values())
    check_together(nodes, techniques={t.key: t for sport in sports for t in sport.techniques})
    return Catalogue(sports, units, terms, lexicon, _sha256(texts))


def _sha256(texts: Mapping[str, bytes]) -> str:
    """Of names and contents, so that a renamed or moved line is another version too."""
    digest = hashlib.sha256()
    for name, text in sorted(texts.items()):
        digest.update(f"{name}\0{len(text)}\0".encode())
        digest.update(text)
    return digest.hexdigest()


def _technique_of(key: str) -> str:
    return ".".join(key.split(".")[:2])


def _names(technique: Technique) -> dict[str, Text]:
    """Local key → name of everything in a technique."""
    named: tuple[Metric | Fault | Cause | Drill, ...] = (
        *technique.metrics,
        *technique.faults,
        *technique.causes,
        *technique.drills,
    )
    names = {item.key.rpartition(".")[2]: item.name for item in named}
    return names | {phase.key: phase.name for phase in technique.phases}


def _describe(technique: Technique, *, lang: str) -> dict[str, Any]:
    return {
        "key": technique.key,
        "name": technique.name[lang],
        "found_by_kinematics": technique.detector is not None,
        "phases": [{"key": p.key, "name": p.name[lang]} for p in technique.phases],
        "metrics": [_describe_metric(m, lang=lang) for m in technique.metrics],
        "faults": [
            {
                "key": fault.key,
                "name": fault.name[lang],
                "metric": fault.metric,
                "verdict": fault.verdict,
                "why": fault.matters[lang],
                "causes": [cause[lang] for cause in fault.causes],
                "cues": [cue[lang] for cue in fault.cues],
                "drills": [drill.key for drill in fault.drills],
            }
            for fault in technique.faults
        ],
        "drills": [
            {
                "key": drill.key,
                "name": drill.name[lang],
                "how": drill.how[lang],
                "contraindications": [c[lang] for c in drill.contraindications],
            }
            for drill in technique.drills
        ],
    }


def _describe_metric(metric: Metric, *, lang: str) -> dict[str, Any]:
    return {
        "key": metric.key,
        "name": metric.name[lang],
        "unit": metric.unit,
        "views": sorted(metric.views),
        "bands": [
            {
                "low": band.low if math.isfinite(band.low) else None,
                "high": band.high if math.isfinite(band.high) else None,
                "level": band.level or None,
                "sex": band.sex or None,
            }
            for band in metric.bands
        ],
        "source": metric.source.citation,
        "note": metric.source.note,
    }
