"""A report document in the reader's language: what the report page shows, and nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from analysis.knowledge.catalogue import load_catalogue
from analysis.notices import tell_code
from sportsbr.web import explanations
from sportsbr.web.cards import clock_text
from sportsbr.web.corrections import told
from sportsbr.web.words import signal_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row = Mapping[str, Any]

ATTENTION: Final = ("below", "above")


@dataclass(frozen=True, slots=True)
class Reader:
    """The catalogue's words in one language; an unknown key is shown as itself."""

    lang: str

    def text(self, key: str) -> str:
        """A key's name."""
        try:
            return load_catalogue().text(key, self.lang)
        except KeyError:
            return key.rsplit(".", 1)[-1].replace("_", " ")

    def number(self, value: float | None, *, unit: str) -> str:
        """A value with its unit; unknown is a dash."""
        if value is None:
            return "–"
        known = load_catalogue().units.get(unit)
        if known is None:
            return f"{value:.2f} {unit}"
        return f"{value:.{known.decimals}f}{known.symbol[self.lang]}"

    def band(self, row: Row) -> str:
        """The band in words: between, at least, at most."""
        low, high, unit = row["low"], row["high"], row["unit"]
        if low is None and high is None:
            return "–"
        if high is None:
            return _("at least %(low)s") % {"low": self.number(low, unit=unit)}
        if low is None:
            return _("at most %(high)s") % {"high": self.number(high, unit=unit)}
        return f"{self.number(low, unit=unit)} – {self.number(high, unit=unit)}"


@dataclass(frozen=True, slots=True)
class Group:
    """Findings that belong together."""

    text: str
    is_open: bool
    findings: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """Everything of a report that its page prints, and `data` for its elements."""

    counts: str
    length_text: str
    totals: list[dict[str, Any]]
    segments: list[dict[str, Any]]
    groups: list[Group]
    feedback: list[dict[str, Any]]
    notices: list[str]
    corrections: list[dict[str, Any]]
    facts: list[dict[str, str]]
    has_several_people: bool
    has_explanations: bool
    data: dict[str, Any] = field(repr=False)


def present(document: Row, *, lang: str, names: Mapping[int, str] | None = None) -> ReportView:
    """A stored document as its page; `names` of those people that were named."""
    reader = Reader(lang)
    # Lengths are told in real seconds, moments in the player's.
    scale = document["footage"].get("time_scale", 1.0)
    segments = [
        _segment(row, reader=reader, scale=scale, names=names or {}) for row in document["segments"]
    ]
    by_id = {segment["id"]: segment for segment in segments}
    findings = [_finding(row, reader=reader, segments=by_id) for row in document["findings"]]
    totals = Counter(finding["verdict_group"] for finding in findings)
    return ReportView(
        counts=_counts(segments),
        length_text=clock_text(document["footage"]["duration_s"]),
        totals=[
            {"verdict": verdict, "text": text, "count": totals[key]}
            for key, verdict, text in (
                ("attention", "below", _("to work on")),
                ("within", "within", _("on target")),
                ("cannot_tell", "cannot_tell", _("cannot tell")),
            )
            if totals[key]
        ],
        segments=segments,
        groups=_groups(findings),
        feedback=[_feedback(row) for row in document["feedback"] if row["lang"] == lang],
        notices=[_notice(row, lang=lang) for row in document["notices"]],
        corrections=[_correction(row) for row in document.get("corrections", [])],
        facts=_facts(document),
        has_several_people=len({row["track_id"] for row in document["segments"]}) > 1,
        has_explanations=any(segment["explanation"] for segment in segments),
        data=_data(document, segments=segments, findings=findings),
    )


def moment(time_s: float, *, clip_s: Sequence[float] | None = None) -> dict[str, str]:
    """What a link to a moment needs; numbers as text, so that no locale rewrites them."""
    found = {"s": f"{time_s:.4f}", "text": clock_text(time_s)}
    if clip_s is not None:
        found |= {"start_s": f"{clip_s[0]:.4f}", "end_s": f"{clip_s[1]:.4f}"}
    return found


def _segment(row: Row, *, reader: Reader, scale: float, names: Mapping[int, str]) -> dict[str, Any]:
    technique = row["technique"]
    return {
        "id": row["segment_id"],
        "track_id": row["track_id"],
        "who": names.get(row["track_id"], str(row["track_id"])),
        "technique": technique,
        "name": reader.text(technique),
        "start_s": row["start_s"],
        "end_s": row["end_s"],
        "moment": moment(row["start_s"], clip_s=(row["start_s"], row["end_s"])),
        "duration_text": reader.number(scale * (row["end_s"] - row["start_s"]), unit="s"),
        "score_text": f"{row['score']:.0%}",
        "state_text": explanations.state_text(row.get("states", ())),
        "explanation": explanations.told(row.get("explanation")),
        "phases": [
            {
                "name": reader.text(f"{technique}.{phase['name']}"),
                "start_s": phase["start_s"],
                "end_s": phase["end_s"],
                "duration_text": reader.number(
                    scale * (phase["end_s"] - phase["start_s"]), unit="s"
                ),
            }
            for phase in row["phases"]
        ],
    }


def _finding(row: Row, *, reader: Reader, segments: dict[str, Any]) -> dict[str, Any]:
    segment = segments.get(row["segment_id"])
    clip_s = (segment["start_s"], segment["end_s"]) if segment else None
    number = list(segments).index(row["segment_id"]) + 1 if segment else 0
    verdict = row["verdict"]
    return {
        "id": row["finding_id"],
        "metric": row["metric"],
        "name": _sentence_case(reader.text(row["metric"])),
        "verdict": verdict,
        "verdict_group": "attention" if verdict in ATTENTION else verdict,
        "verdict_text": reader.text(f"verdict.{verdict}"),
        "value_text": reader.number(row["measured"], unit=row["unit"]),
        "sd_text": reader.number(row["sd"], unit=row["unit"]) if row["sd"] is not None else "",
        "band_text": reader.band(row),
        "segment_text": f"{segment['name']} {number}" if segment else row["segment_id"],
        "segment_id": row["segment_id"],
        "at_s": row["at_s"],
        "moment": moment(row["at_s"], clip_s=clip_s),
        "confidence_text": _certainty(row["confidence"]),
        "reason_text": reader.text(f"reason.{row['reason']}") if row.get("reason") else "",
    }


def _certainty(share: float) -> str:
    """A share in percent; what rests on an error bar is never told as a certainty."""
    return "> 99%" if share > 0.99 else f"{share:.0%}"


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def _groups(findings: list[dict[str, Any]]) -> list[Group]:
    """What needs work first and open; the rest a press away."""
    titles = {
        "attention": _("To work on"),
        "within": _("On target"),
        "cannot_tell": _("Cannot tell"),
    }
    found: list[Group] = []
    for key, text in titles.items():
        own = [finding for finding in findings if finding["verdict_group"] == key]
        if own:
            found.append(Group(text=text, is_open=not found, findings=own))
    return found


def _counts(segments: list[dict[str, Any]]) -> str:
    counts = Counter(segment["name"] for segment in segments)
    return " · ".join(f"{name} × {count}" for name, count in counts.items())


def _feedback(row: Row) -> dict[str, Any]:
    start_s, end_s = row["clip_s"]
    return {
        **{key: row[key] for key in ("headline", "why", "cue", "drill", "finding_ids")},
        "said": {key: _said(row, key) for key in ("headline", "why", "cue", "drill")},
        "moment": moment(start_s, clip_s=(start_s, end_s)),
    }


def _said(row: Row, field: str) -> list[dict[str, Any]]:
    """The sentences of a field, each with its moment; an older report has the text alone."""
    told = [s for s in row.get("sentences", []) if s["field"] == field]
    if not told:
        return [sentence_row(row[field])] if row[field] else []
    return [sentence_row(s["text"], told=s, clip_s=row["clip_s"]) for s in told]


def sentence_row(
    text: str, *, told: Row | None = None, clip_s: Sequence[float] | None = None
) -> dict[str, Any]:
    """A sentence for the page: `told` names its findings and the moment that shows it."""
    ids = told["finding_ids"] if told is not None else []
    return {
        "text": text,
        "moment": moment(told["at_s"], clip_s=clip_s) if told is not None and ids else None,
        "finding_ids": " ".join(ids),
        "space": " " if text[-1:].isascii() else "",  # 。 needs none behind it
    }


def _notice(row: Row, *, lang: str) -> str:
    text = tell_code(row["code"], params=row["params"], lang=lang)
    at_s = row["params"].get("at_s")
    return text if at_s is None else f"{text} [{clock_text(at_s)}]"


def _correction(row: Row) -> dict[str, Any]:
    clip_s = (row["start_s"], row["end_s"])
    return {**told(row), "moment": moment(row["start_s"], clip_s=clip_s)}


def _facts(document: Row) -> list[dict[str, str]]:
    provenance, footage = document["provenance"], document["footage"]
    facts = [
        {"name": _("Code version"), "value": provenance["code_version"]},
        {"name": _("Footage (SHA-256)"), "value": footage["sha256"]},
        {
            "name": _("Picture"),
            "value": f"{footage['width_px']} × {footage['height_px']} px · "
            + _("%(frames)d frames") % {"frames": footage["frames"]},
        },
    ]
    facts += [
        {"name": _("Model %(name)s") % {"name": name}, "value": sha}
        for name, sha in provenance["models"].items()
    ]
    sentences = f"{provenance['verified_sentences']} / {provenance['dropped_sentences']}"
    writer = {"name": _("Words by"), "value": provenance.get("writer", "grounded")}
    return [*facts, writer, {"name": _("Sentences checked / dropped"), "value": sentences}]


def _data(
    document: Row, *, segments: list[dict[str, Any]], findings: list[dict[str, Any]]
) -> dict[str, Any]:
    keys = ("id", "track_id", "who", "name", "start_s", "end_s")
    return {
        "duration_s": document["footage"]["duration_s"],
        "cuts_s": document.get("cuts_s", []),
        "segments": [
            {
                **{key: segment[key] for key in keys},
                "why": _why(segment["explanation"]),
                "phases": [
                    {key: phase[key] for key in ("name", "start_s", "end_s")}
                    for phase in segment["phases"]
                ],
            }
            for segment in segments
        ],
        "findings": [
            {
                "id": finding["id"],
                "segment_id": finding["segment_id"],
                "at_s": finding["at_s"],
                "verdict": finding["verdict"],
                "label": f"{finding['name']}: {finding['value_text']}",
            }
            for finding in findings
        ],
        "signals": signal_names(),
        "chosen": _chosen_signals(findings),
    }


def _why(explanation: Row | None) -> dict[str, Any] | None:
    """What the player and the strip draw."""
    return None if explanation is None else {"text": explanation["text"], **explanation["drawn"]}


def _chosen_signals(findings: list[dict[str, Any]]) -> list[str]:
    """The curves that the findings speak of most, at most two formulas of both sides."""
    wanted: Counter[str] = Counter()
    for finding in findings:
        try:
            wanted[load_catalogue().metric(finding["metric"]).measure.signal] += 1
        except KeyError:
            continue
    names = [name for name, _count in wanted.most_common(1)]
    return [
        name.replace("{side}", side)
        for name in names
        for side in (("left", "right") if "{side}" in name else ("",))
    ]
