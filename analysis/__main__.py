"""`python -m analysis VIDEO --out DIR`: the library's own command line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from analysis import notices
from analysis.config import (
    MAX_CAPTURE_FPS,
    MIN_CAPTURE_FPS,
    ActionConfig,
    AnalysisConfig,
    MediaConfig,
    PoseConfig,
)
from analysis.errors import AnalysisError, explain
from analysis.knowledge.catalogue import load_catalogue
from analysis.models import ACTION_BACKENDS, POSE_BACKENDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.schema import Notice, Report

EXIT_BAD_FOOTAGE: Final = 3
STAGE_WORDS: Final = {
    "en": {
        "prepare": "Preparing the video",
        "observe": "Watching the athlete",
        "conclude": "Measuring and judging",
        "overlay": "Drawing the overlay",
    },
    "zh-hans": {
        "prepare": "准备视频",
        "observe": "识别运动员姿态",
        "conclude": "测量与评价",
        "overlay": "绘制叠加视频",
    },
}


def main(argv: Sequence[str] | None = None) -> int:
    """Analyse one video; 0 when the report is written, 3 when the footage cannot be analysed."""
    options = _parser().parse_args(argv)
    lang = options.lang
    config = AnalysisConfig(
        sport=options.sport,
        note=options.note,
        langs=(lang,),
        media=MediaConfig(capture_fps=options.capture_fps),
        pose=PoseConfig(backend=options.backend),
        actions=ActionConfig(backend=options.actions),
    )
    try:
        report = _run(options.video, out=options.out, config=config, lang=lang)
    except AnalysisError as error:
        print(explain(error.code, lang=lang, params=error.params), file=sys.stderr)  # noqa: T201 - a command line's answer
        return EXIT_BAD_FOOTAGE
    except FileNotFoundError as error:
        print(f"{error.filename}: no such file", file=sys.stderr)  # noqa: T201 - as above
        return 2
    _tell(report, out=options.out, lang=lang)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m analysis", description=__doc__)
    parser.add_argument("video", type=Path, help="the video to analyse")
    parser.add_argument("--out", type=Path, required=True, help="folder for the report's files")
    sports = [sport.key for sport in load_catalogue().sports()]
    parser.add_argument("--sport", choices=sports, help="look for this sport's techniques only")
    parser.add_argument(
        "--backend", choices=POSE_BACKENDS, default=PoseConfig().backend, help="what sees people"
    )
    parser.add_argument(
        "--actions",
        choices=ACTION_BACKENDS,
        default=ActionConfig().backend,
        help="what says which technique is under way",
    )
    parser.add_argument("--note", default="", help="the coach's own words about the footage")
    parser.add_argument("--lang", choices=("zh-hans", "en"), default="en")
    parser.add_argument(
        "--capture-fps",
        type=_rate,
        metavar="N",
        help="slow motion: frames per real second while filming, such as 240",
    )
    return parser


def _rate(text: str) -> float:
    """A frame rate that a camera can have.

    Raises:
        ArgumentTypeError: it is none.
    """
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not MIN_CAPTURE_FPS <= rate <= MAX_CAPTURE_FPS:
        bounds = f"{MIN_CAPTURE_FPS:g} to {MAX_CAPTURE_FPS:g} frames per second"
        raise argparse.ArgumentTypeError(f"expected {bounds}, got {text!r}")
    return rate


def _run(video: Path, *, out: Path, config: AnalysisConfig, lang: str) -> Report:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    from analysis.pipeline import analyse

    columns = (
        TextColumn("{task.description:24}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
    )
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def progress(stage: str, share: float) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(STAGE_WORDS[lang][stage], total=1.0)
            bars.update(tasks[stage], completed=share)

        def warn(found: Sequence[Notice]) -> None:
            for notice in found:
                bars.console.print(_warning(notice, lang=lang), highlight=False, markup=False)

        return analyse(video, out=out, config=config, progress=progress, warn=warn)


def _warning(notice: Notice, *, lang: str) -> str:
    """What is wrong, where to see it and what to do about it, in one line."""
    at_s = notice.params.get("at_s")
    shown = "" if at_s is None else f" [{at_s:.1f} s]"
    advice = notices.advise(notice.code, lang=lang)
    return f"! {notices.tell(notice, lang=lang)}{shown} {advice}".rstrip()


def _tell(report: Report, *, out: Path, lang: str) -> None:
    for line in _summary(report, lang=lang):
        print(line)  # noqa: T201 - a command line's answer
    for notice in report.notices:
        print(f"· {notices.tell(notice, lang=lang)}")  # noqa: T201 - as above
    print(out / "report.json")  # noqa: T201 - as above


def _summary(report: Report, *, lang: str) -> list[str]:
    from analysis.feedback.summary import summarise

    return summarise(
        report.segments,
        findings=report.findings,
        feedback=report.feedback,
        catalogue=load_catalogue(),
        lang=lang,
    )


if __name__ == "__main__":
    sys.exit(main())
