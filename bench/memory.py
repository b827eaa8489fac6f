"""Peak memory of an analysis of 20 minutes against one of 1 minute, in chunks, one process each.

Renders a minute of the project's own athlete, joins it to itself for the long clip, and reads each
child's peak resident size from the operating system. `--json` ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

LONG_MIN = 20


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--minutes", type=int, default=LONG_MIN, help="length of the long clip")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sportsbr-bench-") as name:
        folder = Path(name)
        short = _minute(folder)
        long = _repeated(short, times=options.minutes, target=folder / "long.mp4")
        short_mb = _peak_mb(short, out=folder / "short")
        long_mb = _peak_mb(long, out=folder / "long")
    ratio = long_mb / short_mb
    print(f"machine: {platform.processor() or platform.machine()}, {os.cpu_count()} cores")
    print(f"peak of 1 min: {short_mb:.0f} MB; of {options.minutes} min: {long_mb:.0f} MB")
    print(f"ratio: {ratio:.3f}")
    if options.json:
        print(json.dumps({"peak_ratio_20min_1min": round(ratio, 4)}))


def _minute(folder: Path) -> Path:
    """A minute of squats at 360 lines and 10 frames a second: memory is measured, not sight."""
    clip = folder / "clip.mp4"
    arguments = ["--motion", "squat", "--reps", "18", "--height", "360", "--fps", "10"]
    subprocess.run([sys.executable, "-m", "analysis.synthetic", str(clip), *arguments], check=True)
    return _cut(clip, target=folder / "short.mp4")


def _cut(clip: Path, *, target: Path) -> Path:
    import ffmpeg

    looped = ffmpeg.input(str(clip), stream_loop=-1)
    ffmpeg.output(looped, str(target), t=60, c="copy").run(quiet=True)
    return target


def _repeated(clip: Path, *, times: int, target: Path) -> Path:
    import ffmpeg

    looped = ffmpeg.input(str(clip), stream_loop=times - 1)
    ffmpeg.output(looped, str(target), c="copy").run(quiet=True)
    return target


def _peak_mb(clip: Path, *, out: Path) -> float:
    """Peak resident size of one analysis and of what it started, in MB."""
    code = (
        "import resource,sys;from analysis.__main__ import main;"
        "status=main(sys.argv[1:]);"
        "print('PEAK',resource.getrusage(resource.RUSAGE_SELF).ru_maxrss);"
        "sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(clip), "--out", str(out)],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(done.stdout.rsplit("PEAK", 1)[1]) / 1024


if __name__ == "__main__":
    main()
