"""Which pictures of suspicious footage are spoilt: a script in a process with limits.

`python -I damage_child.py PATH DEMUXER DEMUXER_NAMES MAX_PIXELS STREAM_INDEX` decodes everything
once and prints one JSON object, times in seconds from the first picture: `spoilt_s` decoded with
errors, `lost_s` not decodable, `late_s` shown after a later one, `jumps_s` where the clock was set
back. It imports nothing of the project.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Final

_BACK_S: Final = 0.5  # as in filters.JUMP_S
_MOST: Final = 10_000  # times told of each kind


def examine(path: str, *, demuxer: str, names: str, max_pixels: int, index: int) -> dict[str, Any]:
    """Decode packet by packet; what a decoder refuses is a lost picture, not an end."""
    import av

    options = {"protocol_whitelist": "file", "format_whitelist": names, "threads": "1"}
    expected: set[int] = set()
    shown: list[tuple[int, bool]] = []
    with av.open(path, format=demuxer, options=options) as container:
        stream: Any = container.streams[index]
        stream.codec_context.options = {"max_pixels": str(max_pixels)}
        base = float(stream.time_base)
        for packet in container.demux(stream):
            if packet.pts is not None and packet.size and not packet.is_discard:
                expected.add(packet.pts)
            frames: Any
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue
            shown.extend((f.pts, bool(f.is_corrupt)) for f in frames if f.pts is not None)
    return _told(shown, expected=expected, base=base)


def _told(shown: list[tuple[int, bool]], *, expected: set[int], base: float) -> dict[str, Any]:
    first = shown[0][0] if shown else 0
    spoilt, late, jumps = [], [], []
    added, last, furthest = 0, None, None
    for pts, is_corrupt in shown:
        if last is not None and pts - last < -_BACK_S / base:
            jumps.append(last + added - first)
            added += last - pts + 1
        last = pts
        at = pts + added - first
        if furthest is not None and at <= furthest:
            late.append(at)
            continue
        furthest = at
        if is_corrupt:
            spoilt.append(at)
    lost = sorted(pts - first for pts in expected - {pts for pts, _ in shown})
    kinds = {"spoilt_s": spoilt, "lost_s": lost, "late_s": late, "jumps_s": jumps}
    return {name: [round(t * base, 6) for t in ticks[:_MOST]] for name, ticks in kinds.items()}


def _main(arguments: list[str]) -> None:
    path, demuxer, names, max_pixels, index = arguments
    found = examine(
        path, demuxer=demuxer, names=names, max_pixels=int(max_pixels), index=int(index)
    )
    print(json.dumps(found))  # noqa: T201 - standard output is the answer


if __name__ == "__main__":
    _main(sys.argv[1:])
