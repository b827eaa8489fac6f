"""Artifacts ↔ storage: files on this machine or objects in a bucket, by the same calls."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.files import File
from django.core.files.storage import default_storage

if TYPE_CHECKING:
    from collections.abc import Iterator


def store(source: Path, *, path: str) -> str:
    """Copy a file into storage under `path`; a path names its content, so one there is kept."""
    if default_storage.exists(path):
        return path
    with source.open("rb") as file:
        return default_storage.save(path, File(file))


@contextmanager
def local_copy(path: str) -> Iterator[Path]:
    """A readable local file of what is stored under `path`; a download is removed afterwards."""
    try:
        yield Path(default_storage.path(path))
    except NotImplementedError:  # a bucket has no local paths
        with tempfile.TemporaryDirectory(prefix="sportsbr-") as folder:
            target = Path(folder) / Path(path).name
            with default_storage.open(path, "rb") as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy, 1024 * 1024)
            yield target
