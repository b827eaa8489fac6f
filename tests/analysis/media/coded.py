"""Footage whose pictures say which they are: a number in black and white blocks, a red corner."""

from __future__ import annotations

import subprocess
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analysis.config import MediaConfig
from analysis.media.normalise import ffmpeg_path

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.protocols import Frame

WIDTH_PX, HEIGHT_PX, BLOCK_PX, BITS = 160, 96, 16, 6
CONFIG = MediaConfig()
RED = (200, 30, 30)
UNEVEN = "(N+0.3*mod(N,3))/25"  # seconds of picture N: a clock that does not tick evenly


def uneven_s(frames: int) -> np.ndarray:
    """What `UNEVEN` gives."""
    n = np.arange(frames)
    return (n + 0.3 * (n % 3)) / 25


@cache
def encoders() -> frozenset[str]:
    """Names of the encoders that this machine's ffmpeg has."""
    command = [ffmpeg_path(), "-hide_banner", "-v", "error", "-encoders"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return frozenset(line.split()[1] for line in done.stdout.splitlines() if len(line.split()) > 1)


def picture(number: int) -> Frame:
    """Grey, with the number's bits as blocks along the top and a red lower left corner."""
    drawn = np.full((HEIGHT_PX, WIDTH_PX, 3), 90, dtype=np.uint8)
    for bit in range(BITS):
        left = BLOCK_PX * (bit + 1)
        drawn[BLOCK_PX : 3 * BLOCK_PX, left : left + BLOCK_PX] = 235 if number >> bit & 1 else 16
    drawn[-2 * BLOCK_PX :, : 2 * BLOCK_PX] = RED
    return drawn


def number_of(drawn: Frame) -> int:
    """The number that a picture of any size shows."""
    height, width = drawn.shape[:2]
    row = round(height * 2 * BLOCK_PX / HEIGHT_PX)
    columns = [round(width * BLOCK_PX * (bit + 1.5) / WIDTH_PX) for bit in range(BITS)]
    return sum(int(drawn[row, x].mean() > 125) << bit for bit, x in enumerate(columns))


def corner(drawn: Frame) -> Frame:
    """The mean colour (3,) of the lower left corner."""
    height, width = drawn.shape[:2]
    return drawn[-height // 4 : -height // 12, width // 20 : width // 8].mean(axis=(0, 1))


def encode(
    target: Path, *options: str, frames: int = 24, clock: str = UNEVEN, encoder: str = "libx264"
) -> Path:
    """Write coded footage; skips where the encoder is missing."""
    if encoder not in encoders():
        pytest.skip(f"this ffmpeg has no encoder {encoder}")
    raw = b"".join(picture(n).tobytes() for n in range(frames))
    size = f"{WIDTH_PX}x{HEIGHT_PX}"
    command = [ffmpeg_path(), "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    command += ["-s", size, "-r", "25", "-i", "pipe:0", "-c:v", encoder]
    filters = [f"settb=1/90000,setpts='{clock}/TB'"] if clock else []
    chosen = list(options)
    if "-vf" in chosen:
        at = chosen.index("-vf")
        filters.append(chosen[at + 1])
        del chosen[at : at + 2]
    if filters:
        command += ["-vf", ",".join(filters)]
    command += ["-fps_mode", "passthrough", "-enc_time_base", "1:90000"] if clock else []
    if "-pix_fmt" not in chosen:
        chosen = ["-pix_fmt", "yuv420p", *chosen]
    subprocess.run([*command, *chosen, str(target)], input=raw, check=True)
    return target
