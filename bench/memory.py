"""Peak memory of an analysis of 20 minutes against one of 1 minute, in chunks, one process each.

Renders a minute of the project's own athlete and joins it to itself for the long clip. What is
measured is resident memory of the analysis and of everything it starts (ffmpeg, the probe) at the
same moment, looked at ten times a second; and, so that no peak falls between two looks, the
highest that the operating system saw of any one of these processes. The greater counts. `--json`
ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LONG_MIN = 20
LOOK_S = 0.1


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
    """Peak resident size of one analysis together with what it started, in MB."""
    code = (
        "import resource as r,sys;from analysis.__main__ import main;"
        "status=main(sys.argv[1:]);"
        "print('PEAK',*(r.getrusage(w).ru_maxrss for w in (r.RUSAGE_SELF,r.RUSAGE_CHILDREN)));"
        "sys.exit(status)"
    )
    command = [sys.executable, "-c", code, str(clip), "--out", str(out)]
    together_kb = 0
    with tempfile.TemporaryFile("w+") as told:
        started = subprocess.Popen(command, stdout=told, stderr=subprocess.DEVNULL)
        while started.poll() is None:
            together_kb = max(together_kb, _resident_kb(started.pid))
            time.sleep(LOOK_S)
        told.seek(0)
        answer = told.read()
    if started.returncode != 0:
        raise RuntimeError(f"the analysis of {clip.name} ended with {started.returncode}")
    own_kb, child_kb = (int(kb) for kb in answer.rsplit("PEAK", 1)[1].split())
    print(
        f"{clip.stem}: together {together_kb / 1024:.0f} MB at most;"
        f" the analysis itself {own_kb / 1024:.0f} MB, the largest of its children"
        f" {child_kb / 1024:.0f} MB",
        flush=True,
    )
    return max(together_kb, own_kb, child_kb) / 1024


def _resident_kb(pid: int) -> int:
    """Resident memory of a process and of all below it, now; 0 for one that has ended."""
    folder = Path("/proc") / str(pid)
    try:
        pages = int((folder / "statm").read_text().split()[1])
        below = [
            c for t in (folder / "task").iterdir() for c in (t / "children").read_text().split()
        ]
    except (FileNotFoundError, ProcessLookupError):
        return 0
    own_kb = pages * os.sysconf("SC_PAGE_SIZE") // 1024
    return own_kb + sum(_resident_kb(int(child)) for child in below)


if __name__ == "__main__":
    main()
