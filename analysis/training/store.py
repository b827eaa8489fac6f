"""Prepared movement on disk: shards of safetensors and one index; read clip by clip.

A shard holds about `SHARD_ROWS` frames, so that neither writing nor reading needs the whole; a clip
is read as a slice of a mapped file. The index is written last: a store without one is unfinished.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.training.errors import StaleStoreError
from analysis.training.records import MotionClip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

STORE_VERSION: Final = 1
SHARD_ROWS: Final = 60_000  # about 1000 s at 60 Hz, 12 MB
INDEX: Final = "index.json"
ARRAYS: Final = ("time_s", "xyz_m", "xy", "score", "frame_labels")
_OPEN_SHARDS: Final = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index says of a clip: enough to choose and to split without reading movement."""

    source: str
    family: str
    person: str | None
    sequence: str
    clip: str
    action: str | None
    correct: float | None  # None = not judged (JSON has no NaN)
    style: str | None
    side: str | None
    folds: tuple[str, ...]
    licence: str
    may_ship: bool
    text: str
    frames: int
    seconds: float
    frame_vocabulary: tuple[str, ...]  # the actions in its per-frame labels
    shard: str
    rows: Mapping[str, tuple[int, int]]  # array → start, end in the shard

    @property
    def labelled(self) -> bool:
        """Whether anything is known of what is done, how or in what state."""
        named = (self.action, self.correct, self.style)
        return bool(self.frame_vocabulary) or any(value is not None for value in named)


@dataclass(slots=True)
class StoreWriter:
    """Takes clips one by one, keeps one shard's worth of them."""

    folder: Path
    entries: list[Entry] = field(default_factory=list)
    shards: dict[str, str] = field(default_factory=dict)  # name → sha256
    _words: dict[str, int] = field(default_factory=lambda: {"": 0})
    _parts: dict[str, list[NDArray[Any]]] = field(default_factory=dict)
    _ends: dict[str, int] = field(default_factory=dict)

    def add(self, clip: MotionClip) -> None:
        """Append a clip; a full shard is written."""
        rows: dict[str, tuple[int, int]] = {}
        for name in ARRAYS:
            value = getattr(clip, name)
            if value is None:
                continue
            if name == "frame_labels":
                codes = [self._words.setdefault(str(w), len(self._words)) for w in value.tolist()]
                value = np.array(codes, dtype=np.int32)
            start = self._ends.get(name, 0)
            rows[name] = (start, start + clip.frames)
            self._ends[name] = start + clip.frames
            self._parts.setdefault(name, []).append(value)
        self.entries.append(_entry(clip, shard=self._name(), rows=rows))
        if self._ends["time_s"] >= SHARD_ROWS:
            self._flush()

    def close(self, head: Mapping[str, Any]) -> None:
        """Write what is left and the index, with `head` (sources, code) in front."""
        self._flush()
        index = {
            "store_version": STORE_VERSION,
            **head,
            "shards": self.shards,
            "words": list(self._words),
            "clips": [{f.name: getattr(e, f.name) for f in fields(Entry)} for e in self.entries],
        }
        partial = self.folder / f"{INDEX}.partial"
        partial.write_text(json.dumps(index, ensure_ascii=False), encoding="utf-8")
        partial.replace(self.folder / INDEX)

    def _name(self) -> str:
        return f"shard-{len(self.shards):05d}.safetensors"

    def _flush(self) -> None:
        from safetensors.numpy import save_file

        if not self._parts:
            return
        path = self.folder / self._name()
        joined = {name: np.concatenate(parts) for name, parts in self._parts.items()}
        save_file(joined, str(path))
        self.shards[path.name] = sha256_of(path)
        self._parts, self._ends = {}, {}


def _entry(clip: MotionClip, *, shard: str, rows: dict[str, tuple[int, int]]) -> Entry:
    words = () if clip.frame_labels is None else tuple(np.unique(clip.frame_labels).tolist())
    return Entry(
        source=clip.source,
        family=clip.family,
        person=clip.person,
        sequence=clip.sequence,
        clip=clip.clip,
        action=clip.action,
        correct=None if np.isnan(clip.correct) else float(clip.correct),
        style=clip.style,
        side=clip.side,
        folds=clip.folds,
        licence=clip.licence,
        may_ship=clip.may_ship,
        text=clip.text,
        frames=clip.frames,
        seconds=round(clip.duration_s, 4),
        frame_vocabulary=tuple(word for word in words if word),
        shard=shard,
        rows=rows,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Store:
    """A prepared store, opened for reading."""

    folder: Path
    head: Mapping[str, Any]
    words: tuple[str, ...]
    entries: tuple[Entry, ...]

    def choose(self, keep: Callable[[Entry], bool]) -> tuple[Entry, ...]:
        """Entries that `keep` says yes to."""
        return tuple(entry for entry in self.entries if keep(entry))

    def load(self, entry: Entry) -> MotionClip:
        """One clip, read as a slice of its shard."""
        shard = _shard(str(self.folder / entry.shard))
        arrays: dict[str, NDArray[Any] | None] = dict.fromkeys(ARRAYS)
        for name, (start, stop) in entry.rows.items():
            arrays[name] = shard.get_slice(name)[start:stop]
        codes, time_s = arrays["frame_labels"], arrays["time_s"]
        if time_s is None:
            raise StaleStoreError(name=str(self.folder), found=entry.clip, expected="its times")
        return MotionClip(
            source=entry.source,
            family=entry.family,
            person=entry.person,
            sequence=entry.sequence,
            clip=entry.clip,
            time_s=time_s,
            xyz_m=arrays["xyz_m"],
            xy=arrays["xy"],
            score=arrays["score"],
            frame_labels=None if codes is None else np.array(self.words)[codes],
            action=entry.action,
            correct=float("nan") if entry.correct is None else entry.correct,
            style=entry.style,
            side=entry.side,
            folds=entry.folds,
            licence=entry.licence,
            may_ship=entry.may_ship,
            text=entry.text,
        )

    def clips(self, entries: tuple[Entry, ...] | None = None) -> Iterator[MotionClip]:
        """Clips one by one, in the order given."""
        for entry in self.entries if entries is None else entries:
            yield self.load(entry)


@lru_cache(maxsize=_OPEN_SHARDS)
def _shard(path: str) -> Any:
    from safetensors import safe_open

    return safe_open(path, framework="numpy")


def open_store(folder: Path) -> Store:
    """Open what `prepare` wrote; checks that the index fits and each shard is there.

    Raises:
        StaleStoreError: no index, another version, or a shard is missing.
    """
    path = folder / INDEX
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StaleStoreError(name=str(folder), found=str(error), expected=INDEX) from error
    if index.get("store_version") != STORE_VERSION:
        raise StaleStoreError(
            name=str(folder), found=str(index.get("store_version")), expected=str(STORE_VERSION)
        )
    missing = [name for name in index["shards"] if not (folder / name).is_file()]
    if missing:
        raise StaleStoreError(name=str(folder), found=f"no {missing[0]}", expected="every shard")
    _shard.cache_clear()  # a store made anew under the same name has other bytes
    return Store(
        folder=folder,
        head={k: v for k, v in index.items() if k not in {"clips", "words"}},
        words=tuple(index["words"]),
        entries=tuple(_parsed(row) for row in index["clips"]),
    )


def _parsed(row: dict[str, Any]) -> Entry:
    rows = {name: (int(a), int(b)) for name, (a, b) in row["rows"].items()}
    lists = {name: tuple(row[name]) for name in ("folds", "frame_vocabulary")}
    return Entry(**{**row, **lists, "rows": rows})


def sha256_of(path: Path) -> str:
    """Hash of a file's bytes, read in pieces."""
    with path.open("rb") as stored:
        return hashlib.file_digest(stored, "sha256").hexdigest()


def code_sha256() -> str:
    """Hash of the code that prepares: another value means that a store should be made anew."""
    here = Path(__file__).resolve().parent
    files = sorted([*here.rglob("*.py"), here.parent / "features" / "body17.py"])
    digest = hashlib.sha256()
    for path in files:
        if {"readers"} & set(path.parts) or path.stem in _PREPARING:
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


_PREPARING: Final = {
    "body17", "clean", "kinematics", "prepare", "records", "skeleton", "store",
}  # fmt: skip
