"""Archives and arrays opened with care: streamed, bounded, never unpickled, never unpacked."""

from __future__ import annotations

import itertools
import lzma
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.training.errors import CorruptDataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

MEMBER_LIMIT_BYTES: Final = 256 * 2**20  # one motion file; the largest here has 4 MiB


def members(path: Path, *, suffixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file with such an ending, in the archive's order, one at a time.

    Raises:
        CorruptDataError: no such archive, cut short, or a member beyond the limit.
    """
    try:
        # Not tarfile's own xz: it unpacks a block whole, however much comes out of it.
        with lzma.open(path) as unpacked, tarfile.open(fileobj=unpacked, mode="r|") as archive:
            for member in archive:
                if not member.isfile() or not member.name.lower().endswith(suffixes):
                    continue
                if member.size > MEMBER_LIMIT_BYTES:
                    raise CorruptDataError(
                        name=f"{path.name}/{member.name}",
                        found=f"{member.size} bytes",
                        expected=f"at most {MEMBER_LIMIT_BYTES}",
                    )
                content = archive.extractfile(member)
                if content is not None:
                    yield member.name, content.read()
    except (tarfile.TarError, lzma.LZMAError, EOFError, OSError) as error:
        raise CorruptDataError(
            name=path.name, found=str(error) or "a cut archive", expected="a whole tar archive"
        ) from error


def arrays(path: Path, *, keys: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Arrays of an .npz by name; object arrays (pickles) are refused.

    Raises:
        CorruptDataError: not such a file, a pickle inside, or a key is missing.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {key: stored[key] for key in keys}
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise CorruptDataError(
            name=path.name, found=str(error), expected=f"arrays {', '.join(keys)} and no pickle"
        ) from error


def stream_rows(path: Path, *, key: str, ends: list[tuple[int, int]]) -> Iterator[NDArray[Any]]:
    """Pieces of one array of an .npz, unzipped as they are asked for: it may exceed the memory.

    `ends` are start and end rows that follow each other without a gap.

    Raises:
        CorruptDataError: not such a file, a pickle inside, or it ends early.
    """
    try:
        with zipfile.ZipFile(path) as archive, archive.open(f"{key}.npy") as stored:
            version = np.lib.format.read_magic(stored)
            read = np.lib.format.read_array_header_1_0
            if version != (1, 0):
                read = np.lib.format.read_array_header_2_0
            shape, by_column, dtype = read(stored)
            if dtype.hasobject:
                raise CorruptDataError(name=path.name, found="objects", expected="rows of numbers")
            if by_column:  # its rows are scattered: it can only be read whole
                whole = arrays(path, keys=(key,))[key]
                yield from (whole[start:stop] for start, stop in ends)
                return
            row = int(np.prod(shape[1:]))
            for start, stop in ends:
                content = stored.read((stop - start) * row * dtype.itemsize)
                yield np.frombuffer(content, dtype=dtype).reshape(stop - start, *shape[1:])
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise CorruptDataError(
            name=path.name, found=str(error), expected=f"an .npz with rows {key!r}"
        ) from error


def pieces(offsets: NDArray[Any], *, rows: int, name: str) -> list[tuple[int, int]]:
    """Start and end of each piece of a concatenated array.

    Raises:
        CorruptDataError: the offsets do not rise from 0 to `rows`.
    """
    rising = offsets.ndim == 1 and offsets.size > 1 and bool((np.diff(offsets) > 0).all())
    if not rising or offsets[0] != 0 or offsets[-1] != rows:
        raise CorruptDataError(name=name, found="offsets", expected=f"rising from 0 to {rows}")
    return [(int(a), int(b)) for a, b in itertools.pairwise(offsets)]


def thin(rate_hz: float, *, most_hz: float = 60.0) -> int:
    """Every how-manieth frame keeps a rate of at most `most_hz`: pictures are not faster."""
    # Files round their frame time (".0083333" is 120.0005 Hz): that is no reason to drop a frame.
    return max(1, int(np.ceil(rate_hz / most_hz - 0.01)))
