"""Artifacts ↔ storage: files on this machine or objects in a bucket, by the same calls."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage, storages

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE_BYTES = 1024 * 1024


def store(source: Path, *, path: str) -> str:
    """Copy a file into storage under `path`; a path names its content, so one there is kept.

    All or nothing: a worker killed half-way leaves no file under `path`.
    """
    if default_storage.exists(path):
        return path
    target = _place(path)
    if target is None:  # a bucket shows an object only once it is whole
        with source.open("rb") as file:
            return default_storage.save(path, File(file))
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{uuid.uuid4().hex}.part")
    try:
        shutil.copyfile(source, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return path


def size_of(path: str) -> int:
    """Bytes of what is stored under `path`."""
    return default_storage.size(path)


@contextmanager
def local_copy(path: str) -> Iterator[Path]:
    """A readable local file of what is stored under `path`; a download is removed afterwards."""
    place = _place(path)
    if place is not None:
        yield place
        return
    with tempfile.TemporaryDirectory(prefix="sportsbr-") as folder:
        target = Path(folder) / Path(path).name
        with default_storage.open(path, "rb") as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy, PIECE_BYTES)
        yield target


@contextmanager
def scratch(owner: str, *, turn: int) -> Iterator[Path]:
    """An empty folder for `owner`'s work, removed afterwards.

    What a killed worker left of the same owner's earlier turns on this machine is removed first.
    """
    base = Path(tempfile.gettempdir()) / f"sportsbr-scratch-{os.getuid()}"
    base.mkdir(mode=0o700, exist_ok=True)
    for left in base.glob(f"{owner}-*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = base / f"{owner}-{turn}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _place(path: str) -> Path | None:
    """Where `path` lies on this machine; None when storage is elsewhere."""
    storage = storages["default"]
    return Path(storage.path(path)) if isinstance(storage, FileSystemStorage) else None
