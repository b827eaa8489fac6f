"""Report ↔ JSON by the published JSON Schema (`report.schema.json`).

NaN and infinities become null: JSON has neither. A finding's open border reads back as infinite,
a missing measurement as NaN.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema

from analysis.explanation import (
    Explanation,
    JointShare,
    MomentWeight,
    SignalPart,
    StateShare,
    WordAttention,
)
from analysis.schema import (
    Correction,
    Counterfactual,
    Feedback,
    Finding,
    Footage,
    Notice,
    Pattern,
    Person,
    Phase,
    Provenance,
    Report,
    Scale,
    Segment,
    Sentence,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


class InvalidReportError(ValueError):
    """A document that the published schema does not admit; says where and what was expected."""


@cache
def json_schema() -> dict[str, Any]:
    """The published JSON Schema (draft 2020-12) of a report document."""
    text = files("analysis").joinpath("report.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def validate(document: Mapping[str, Any]) -> None:
    """Check a document against the published schema.

    Raises:
        InvalidReportError: names the first place that differs.
    """
    validator = jsonschema.Draft202012Validator(json_schema())
    error = jsonschema.exceptions.best_match(validator.iter_errors(document))
    if error is not None:
        place = "/".join(str(part) for part in error.absolute_path) or "the document"
        raise InvalidReportError(f"{place}: {error.message}")


def to_document(report: Report) -> dict[str, Any]:
    """A report as plain JSON values, checked against the schema.

    Raises:
        InvalidReportError: the report does not fit the published schema.
    """
    document = {
        "schema_version": report.schema_version,
        "sport": report.sport,
        "footage": {
            "sha256": report.footage.sha256,
            "width_px": report.footage.width_px,
            "height_px": report.footage.height_px,
            "frames": int(report.footage.time_s.size),
            "duration_s": round(report.footage.duration_s, 6),
            "time_s": [round(float(t), 6) for t in report.footage.time_s],
            "time_scale": round(report.footage.time_scale, 9),
        },
        **{
            name: [_plain(asdict(item)) for item in getattr(report, name)]
            for name in (
                "people",
                "segments",
                "findings",
                "feedback",
                "notices",
                "corrections",
                "scales",
                "patterns",
            )
        },
        "provenance": _plain(asdict(report.provenance)),
        "cuts_s": [round(float(cut_s), 6) for cut_s in report.cuts_s],
    }
    validate(document)
    return document


def from_document(document: Mapping[str, Any]) -> Report:
    """The report that a document holds.

    Raises:
        InvalidReportError: the document does not fit the published schema.
    """
    validate(document)
    footage = document["footage"]
    return Report(
        schema_version=document["schema_version"],
        sport=document["sport"],
        footage=Footage(
            **{k: footage[k] for k in ("sha256", "width_px", "height_px", "time_s")},
            time_scale=footage.get("time_scale", 1.0),
        ),
        people=tuple(Person(**row) for row in document["people"]),
        segments=tuple(_segment(row) for row in document["segments"]),
        findings=tuple(_finding(row) for row in document["findings"]),
        feedback=tuple(_feedback(row) for row in document["feedback"]),
        notices=tuple(Notice(**row) for row in document["notices"]),
        provenance=Provenance(**document["provenance"]),
        cuts_s=tuple(document.get("cuts_s", ())),
        # A report made before corrections and scales were told has none.
        corrections=tuple(Correction(**row) for row in document.get("corrections", ())),
        scales=tuple(_scale(row) for row in document.get("scales", ())),
        patterns=tuple(_pattern(row) for row in document.get("patterns", ())),
    )


def _segment(row: Mapping[str, Any]) -> Segment:
    told: dict[str, Any] = {
        "phases": tuple(Phase(**phase) for phase in row["phases"]),
        "explanation": _explanation(row.get("explanation")),
        "states": tuple(StateShare(**state) for state in row.get("states", ())),
    }
    return Segment(**{**row, **told})


def _explanation(row: Mapping[str, Any] | None) -> Explanation | None:
    if row is None:
        return None
    parts = {
        "joints": JointShare,
        "moments": MomentWeight,
        "signals": SignalPart,
        "attention": WordAttention,
    }
    return Explanation(
        **{**row, **{name: tuple(kind(**one) for one in row[name]) for name, kind in parts.items()}}
    )


def _finding(row: Mapping[str, Any]) -> Finding:
    unknown = {"measured": math.nan, "sd": math.nan, "low": -math.inf, "high": math.inf}
    told = {key: value for key, value in row.items() if value is not None}
    fields: dict[str, Any] = {**unknown, **told, "verdict": Verdict(row["verdict"])}
    if "counterfactual" in told:
        fields["counterfactual"] = Counterfactual(**told["counterfactual"])
    return Finding(**fields)


def _pattern(row: Mapping[str, Any]) -> Pattern:
    fields: dict[str, Any] = {k: math.nan if v is None else v for k, v in row.items()}
    fields |= {"verdict": Verdict(row["verdict"]), "finding_ids": tuple(row["finding_ids"])}
    return Pattern(**fields)


def _scale(row: Mapping[str, Any]) -> Scale:
    fields: dict[str, Any] = {k: math.nan if v is None else v for k, v in row.items()}
    return Scale(**fields)


def _feedback(row: Mapping[str, Any]) -> Feedback:
    start_s, end_s = row["clip_s"]
    told = tuple(
        Sentence(**{**sentence, "finding_ids": tuple(sentence["finding_ids"])})
        for sentence in row.get("sentences", ())  # older reports have none
    )
    changed = {
        "finding_ids": tuple(row["finding_ids"]),
        "clip_s": (start_s, end_s),
        "sentences": told,
    }
    return Feedback(**{**row, **changed})


def _plain(value: Any) -> Any:
    """JSON values: tuples to lists, NaN and infinities to null, floats to microunits."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    if isinstance(value, Verdict):
        return value.value
    return value
