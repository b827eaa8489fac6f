"""Downloads of pretrained files: resumed, verified, and moved into place only when whole."""

from __future__ import annotations

import http.client
import shutil
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from analysis.errors import ModelDamagedError, ModelUnreachableError
from analysis.models import agrees, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analysis.models import ModelFile

    Progress = Callable[[int, int], None]  # (bytes there, bytes in all or 0)

TRIES: Final = 3  # a connection that breaks off is taken up again so often
TIMEOUT_S: Final = 30.0
BLOCK_BYTES: Final = 1 << 20
PARTIAL, RANGE_UNSATISFIABLE, NOT_FOUND = 206, 416, 404


def fetch(
    model: ModelFile, *, folder: Path, source: str = "", progress: Progress = lambda _a, _b: None
) -> Path:
    """Put `model` into `folder` and return its path; a file that is there already is kept.

    `source` replaces the publisher: a folder, or the address of one. There the file is looked for
    under its own name and, when it comes in an archive, under the archive's. What was received of
    a download that broke off lies beside it as `NAME.part` and is gone on with.

    Raises:
        ModelUnreachableError: no file from there; this machine may be offline.
        ModelDamagedError: what came, or what is there, has another SHA-256 than the publisher's.
    """
    target = folder / model.name
    if target.is_file():
        _check(model, target)
        return target
    folder.mkdir(parents=True, exist_ok=True)
    for address in _addresses(model, source=source):
        part = folder / f"{Path(address).name}.part"
        if not _received(model, address, part=part, progress=progress):
            continue
        if part.name != f"{model.name}.part":
            part = _unpacked(model, part, target=folder / f"{model.name}.part")
        try:
            _check(model, part)
        except ModelDamagedError:
            part.unlink()  # or the next try would go on with it
            raise
        part.replace(target)
        return target
    raise ModelUnreachableError(name=model.name, source=source or model.url, reason="not found")


def _addresses(model: ModelFile, *, source: str) -> Iterator[str]:
    if not source:
        yield model.url
        return
    base = source.rstrip("/")
    for name in dict.fromkeys((model.name, model.download_name)):
        yield f"{base}/{name}"


def _received(model: ModelFile, address: str, *, part: Path, progress: Progress) -> bool:
    """Bring `address` to `part`; False when there is no such file there."""
    if not address.startswith(("http://", "https://")):
        return _copied(Path(address), part=part)
    for tries_left in reversed(range(TRIES)):
        try:
            if _downloaded(address, part=part, progress=progress):
                return True
            reason = "the connection broke off"
        except urllib.error.HTTPError as error:
            if error.code == NOT_FOUND:
                return False
            reason = f"HTTP {error.code}"
        except (OSError, http.client.HTTPException) as error:
            reason = str(getattr(error, "reason", error)) or type(error).__name__
        if not tries_left:
            raise ModelUnreachableError(name=model.name, source=address, reason=reason)
    return False


def _copied(source: Path, *, part: Path) -> bool:
    if not source.is_file():
        return False
    shutil.copyfile(source, part)
    return True


def _downloaded(address: str, *, part: Path, progress: Progress) -> bool:
    """One connection; whether the file is whole at its end."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": "sportsbr", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 - http(s) only, see caller
    try:
        answer = urllib.request.urlopen(request, timeout=TIMEOUT_S)  # noqa: S310 - as above
    except urllib.error.HTTPError as error:
        if error.code != RANGE_UNSATISFIABLE or not have:
            raise
        part.unlink()  # longer than the file there: not a beginning of it
        return False
    with answer:
        resumed = answer.status == PARTIAL
        return _saved(answer, part=part, have=have if resumed else 0, progress=progress)


def _saved(answer: Any, *, part: Path, have: int, progress: Progress) -> bool:
    length = answer.headers.get("Content-Length")
    total = have + int(length) if length else 0
    with part.open("ab" if have else "wb") as file:
        while block := answer.read(BLOCK_BYTES):
            file.write(block)
            have += len(block)
            progress(have, total)
    return not total or have >= total


def _unpacked(model: ModelFile, archive: Path, *, target: Path) -> Path:
    """The one member that is wanted, beside the archive, which is removed."""
    try:
        with zipfile.ZipFile(archive) as opened:
            inside = [n for n in opened.namelist() if n.rsplit("/", 1)[-1] == model.member]
            if len(inside) != 1:
                raise ModelDamagedError(
                    name=archive.stem, expected=model.member, found=f"{len(inside)}"
                )
            with opened.open(inside[0]) as packed, target.open("wb") as file:
                shutil.copyfileobj(packed, file)
    except zipfile.BadZipFile as error:
        raise ModelDamagedError(name=archive.stem, expected="zip", found=str(error)) from error
    finally:
        archive.unlink()
    return target


def _check(model: ModelFile, path: Path) -> None:
    found = digest(path)
    if agrees(model, found) is False:
        raise ModelDamagedError(
            name=model.name, expected=f"SHA-256 {model.sha256_prefix}…", found=found
        )
