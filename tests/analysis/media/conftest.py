from __future__ import annotations

import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.media.normalise import ffmpeg_path

Maker = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    """Write a small file with ffmpeg: make("name.mp4", "-f", "lavfi", …)."""

    def run(name: str, *arguments: str) -> Path:
        path = tmp_path / name
        command = [ffmpeg_path(), "-nostdin", "-v", "error", "-y", *arguments, str(path)]
        subprocess.run(command, check=True)
        return path

    return run


@pytest.fixture
def clip(make: Maker) -> Maker:
    """A moving test picture: clip("a.mp4", *ffmpeg_options, seconds=2, size="64x48", rate=30)."""

    def run(
        name: str, *options: str, seconds: float = 2, size: str = "64x48", rate: int = 30
    ) -> Path:
        source = f"testsrc2=size={size}:rate={rate}:duration={seconds}"
        return make(name, "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", *options)

    return run


@pytest.fixture
def tag() -> Maker:
    """Write a rotation tag into an mp4: tag(path, turn_deg=90) asks for a clockwise turn.

    The matrix of the track header (ISO 14496-12, 8.3.2): x' = a x + c y, y' = b x + d y, y down.
    """

    def run(path: Path, *, turn_deg: int) -> Path:
        a, b = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[turn_deg]
        matrix = (a << 16, b << 16, 0, -b << 16, a << 16, 0, 0, 0, 1 << 30)
        data = bytearray(path.read_bytes())
        place = data.index(b"tkhd") + 4 + 4 + 36  # version 0: the matrix follows 36 bytes of fields
        data[place : place + 36] = struct.pack(">9i", *matrix)
        path.write_bytes(data)
        return path

    return run
