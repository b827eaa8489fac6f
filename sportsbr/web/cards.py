"""A recording as lists and its own page show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from analysis.errors import explain
from analysis.knowledge.catalogue import load_catalogue
from analysis.notices import advise, tell_code
from sportsbr.recordings.models import State, Step
from sportsbr.recordings.selectors import place_of
from sportsbr.web import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sportsbr.recordings.models import Recording, Run

MOVING = (State.QUEUED, State.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """One thing that is wrong with the footage, in words, with the picture that shows it."""

    text: str
    advice: str
    at_text: str
    picture_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filming:
    """What the filming check of a recording's newest run found."""

    id: UUID
    warnings: list[Warned]
    asks_capture_rate: bool
    state: str  # waiting, checked or none


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a template needs of a recording; texts are in the reader's language."""

    id: UUID
    title: str
    filename: str
    size_bytes: int
    created_at: datetime
    sport: str
    athlete: str
    url: str
    report_url: str
    video_url: str
    has_video: bool
    length_text: str
    thumb_s: float
    state: str
    state_text: str
    stage_text: str
    percent: float
    why: str
    advice: str

    @property
    def is_moving(self) -> bool:
        """Whether the state may still change by itself."""
        return self.state in MOVING

    @property
    def can_retry(self) -> bool:
        """Whether another analysis makes sense."""
        return self.state in {State.FAILED, State.CANCELLED}


def language() -> str:
    """The reader's language as the catalogue and the errors name it."""
    return "zh-hans" if (get_language() or "").startswith("zh") else "en"


def clock_text(time_s: float) -> str:
    """0:07.3, 1:02:05."""
    tenths = round(max(0.0, time_s) * 10)
    minutes, rest = divmod(tenths, 600)
    if minutes >= 60:
        return f"{minutes // 60}:{minutes % 60:02d}:{rest // 10:02d}"
    return f"{minutes}:{rest / 10:04.1f}"


def sport_name(key: str | None) -> str:
    """A sport's name; an unknown key is shown as itself."""
    if not key:
        return ""
    try:
        return load_catalogue().text(key, language())
    except KeyError:
        return key


def explain_problem(problem: dict[str, Any]) -> tuple[str, str]:
    """What went wrong and what to do about it."""
    code, params = str(problem.get("code", "")), dict(problem.get("params") or {})
    advice = str(words.ADVICE.get(code, words.ANYTHING_ELSE))
    if code == "internal_error":
        return str(words.INTERNAL) % {"reference": params.get("reference", "–")}, advice
    return explain(code, lang=language(), params=params), advice


def stage_text(run: Run) -> str:
    """Where a run is, in words."""
    if run.state == State.QUEUED:
        place = place_of(run)
        if place is None or place == 1:
            return _("next in line")
        return _("number %(place)d in the queue") % {"place": place}
    if run.state == State.RUNNING:
        return f"{words.STAGES.get(run.stage, '')} {run.percent:.0f} %".strip()
    return ""


def filming_of(recording: Recording) -> Filming:
    """How the newest run found the footage filmed; the same whatever page shows it."""
    run = max(recording.runs.all(), key=lambda run: run.created_at, default=None)
    if run is None:
        return Filming(id=recording.pk, warnings=[], asks_capture_rate=False, state="none")
    return Filming(
        id=recording.pk,
        warnings=[_warned(row, run=run) for row in run.warnings],
        asks_capture_rate=asks_capture_rate(run.warnings),
        state=_checked(run),
    )


def _checked(run: Run) -> str:
    if run.steps.filter(kind=Step.Kind.PREPARE, state=State.DONE).exists():
        return "checked"
    return "waiting" if run.state in MOVING else "none"


def _warned(row: Mapping[str, Any], *, run: Run) -> Warned:
    at_s, key = row["params"].get("at_s"), row.get("picture", "")
    return Warned(
        text=tell_code(row["code"], params=row["params"], lang=language()),
        advice=advise(row["code"], lang=language()),
        at_text=clock_text(at_s) if at_s is not None else "",
        picture_url=f"/api/v1/runs/{run.pk}/pictures/{key}/" if key else "",
    )


def asks_capture_rate(notices: Sequence[Mapping[str, Any]]) -> bool:
    """Whether footage looks like slow motion and nobody has said how it was filmed."""
    return any(row["code"] == "slow_motion_suspected" for row in notices)


def card_of(recording: Recording) -> Card:
    """A recording with its newest run; expects `runs` and `artifacts` prefetched for lists."""
    run = max(recording.runs.all(), key=lambda run: run.created_at, default=None)
    report = _report_of(recording)
    why, advice = "", ""
    if run is not None and run.state == State.FAILED:
        why, advice = explain_problem(run.problem or {})
    state = "none" if run is None else str(run.state)
    report_url = reverse("web:report", args=[report]) if report and state == State.DONE else ""
    return Card(
        id=recording.pk,
        title=recording.title,
        filename=recording.filename,
        size_bytes=recording.size_bytes,
        created_at=recording.created_at,
        sport=sport_name(recording.sport),
        athlete=recording.athlete.name if recording.athlete else "",
        url=report_url or reverse("web:recording", args=[recording.pk]),
        report_url=report_url,
        video_url=f"/api/v1/recordings/{recording.pk}/video/",
        has_video=any(artifact.kind == "video" for artifact in recording.artifacts.all()),
        length_text=clock_text(recording.duration_s) if recording.duration_s else "",
        thumb_s=round((recording.duration_s or 0.0) / 3, 2),
        state=state,
        state_text=str(words.STATES.get(state, state)),
        stage_text=stage_text(run) if run is not None else "",
        percent=run.percent if run is not None else 0.0,
        why=why,
        advice=advice,
    )


def _report_of(recording: Recording) -> UUID | None:
    finished = [run for run in recording.runs.all() if run.state == State.DONE]
    for run in sorted(finished, key=lambda run: run.created_at, reverse=True):
        if (report := getattr(run, "report", None)) is not None:
            return report.pk  # type: ignore[no-any-return]  # a reverse one-to-one, not typed
    return None
