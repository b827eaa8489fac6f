"""The filming check of a run: looked at once per copy, judged anew for each run."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from analysis.schema import Notice
from sportsbr.recordings import services
from sportsbr.recordings.storage import local_copy, size_of
from workers import keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.features.filming import Look
    from analysis.filming_check import Prepared
    from workers.work import Work


@dataclass(frozen=True)
class Kept:
    """A file of the check in storage."""

    kind: str
    key: str
    path: str


@dataclass(frozen=True)
class Checked:
    """What the run's row and the recording's artifacts are to hold."""

    warnings: list[dict[str, Any]]
    files: list[Kept]

    def record(self, work: Work) -> None:
        """Write it, in the ledger's transaction."""
        services.record_warnings(work.run.pk, warnings=self.warnings)
        for file in self.files:
            services.add_artifact(
                work.recording.pk,
                run_id=None,
                kind=file.kind,
                key=file.key,
                path=file.path,
                size_bytes=size_of(file.path),
            )


def check(work: Work, prepared: Prepared) -> Checked:
    """Warnings for this run, with a picture for each that has a moment."""
    from analysis import filming_check

    looks, kept = _looks(work, prepared)
    known = filming_check.known_notices(prepared, config=work.config)
    judged = filming_check.judge_filming(looks, footage=prepared.footage, config=work.config)
    files = [kept]
    warnings = []
    for notice in (*known, *judged):
        row = {"code": notice.code, "params": dict(notice.params), "picture": ""}
        at_s = notice.params.get("at_s")
        if at_s is not None:
            picture = _picture(work, prepared, at_s=at_s)
            row["picture"] = picture.key
            files.append(picture)
        warnings.append(row)
    return Checked(warnings=warnings, files=files)


def notices_of(warnings: Sequence[dict[str, Any]]) -> tuple[Notice, ...]:
    """What a run's row holds, as the report repeats it."""
    return tuple(Notice(row["code"], row["params"]) for row in warnings)


def keep_notices(work: Work, notices: Sequence[Notice], *, key: str) -> Kept:
    """Beside the copy: what must be said of the footage whenever the copy is used again."""
    target = work.scratch / "notices.json"
    target.write_text(json.dumps([asdict(n) for n in notices], default=float), encoding="utf-8")
    return Kept("notices", key, work.keep(target, key=key))


def kept_notices(work: Work, *, key: str) -> tuple[Notice, ...]:
    """What was said when the copy was made."""
    found = work.artifact("notices", key=key)
    if found is None:
        return ()
    with local_copy(found.path) as path:
        return tuple(Notice(**row) for row in json.loads(path.read_text(encoding="utf-8")))


def _looks(work: Work, prepared: Prepared) -> tuple[tuple[Look, ...], Kept]:
    from analysis import filming_check
    from analysis.features.filming import Look

    key = keys.looks_key(work.recording.sha256, config=work.config, models=work.models)
    found = work.artifact("looks", key=key)
    if found is not None:
        with local_copy(found.path) as path:
            rows = json.loads(path.read_text(encoding="utf-8"))
        return tuple(Look(**row) for row in rows), Kept("looks", key, found.path)
    looks = filming_check.look(prepared, config=work.config)
    target = work.scratch / "looks.json"
    # Python's own NaN: nobody but the line above reads this.
    target.write_text(json.dumps([asdict(look) for look in looks]), encoding="utf-8")
    return looks, Kept("looks", key, work.keep(target, key=key))


def _picture(work: Work, prepared: Prepared, *, at_s: float) -> Kept:
    from analysis import filming_check

    key = keys.picture_key(work.recording.sha256, config=work.config, at_s=at_s)
    found = work.artifact("picture", key=key)
    if found is not None:
        return Kept("picture", key, found.path)
    target = work.scratch / f"{key}.jpg"
    filming_check.save_picture(prepared.video, at_s=at_s, target=target)
    path = work.keep(target, key=key)
    return Kept("picture", key, path)
