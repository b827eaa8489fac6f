"""The only reader of the environment."""

from __future__ import annotations

import math
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

WRITERS: Final = ("grounded", "local", "endpoint")
ROOT: Final = Path(__file__).resolve().parent.parent


class EnvironmentValueError(ValueError):
    """A variable whose value cannot be used; says which and what was expected."""


@dataclass(frozen=True, slots=True)
class Env:
    """Everything that a deployment may set."""

    data_dir: Path  # SPORTSBR_DATA_DIR: the embedded default's database, broker and media
    database_url: str  # DATABASE_URL: empty means the embedded Postgres
    broker_url: str  # CELERY_BROKER_URL: empty means the filesystem transport
    secret_key: str  # SPORTSBR_SECRET_KEY
    debug: bool  # SPORTSBR_DEBUG
    allowed_hosts: tuple[str, ...]  # SPORTSBR_ALLOWED_HOSTS, comma separated
    csrf_trusted_origins: tuple[str, ...]  # SPORTSBR_CSRF_TRUSTED_ORIGINS
    https: bool  # SPORTSBR_HTTPS: cookies only over TLS
    s3_bucket: str  # SPORTSBR_S3_BUCKET: empty means files under data_dir
    s3_endpoint_url: str  # SPORTSBR_S3_ENDPOINT_URL
    lease_s: float  # SPORTSBR_LEASE_S: a worker silent for longer has lost its step
    chunk_s: float  # SPORTSBR_CHUNK_S: footage seconds in one task
    max_upload_bytes: int  # SPORTSBR_MAX_UPLOAD_BYTES
    upload_slots: int  # SPORTSBR_UPLOAD_SLOTS: bodies that one web process takes at a time
    sign_in_failures: int  # SPORTSBR_SIGN_IN_FAILURES: wrong passwords in a quarter of an hour
    proxies: int  # SPORTSBR_PROXIES: trusted proxies in front, each adding to X-Forwarded-For
    log_level: str  # SPORTSBR_LOG_LEVEL
    writer: str  # SPORTSBR_WRITER: grounded, local or endpoint
    writer_model: str  # SPORTSBR_WRITER_MODEL: local: a folder or an id; endpoint: its name there
    writer_url: str  # SPORTSBR_WRITER_URL: endpoint: an OpenAI-compatible address
    writer_key: str  # SPORTSBR_WRITER_KEY: endpoint: sent as a bearer token; kept nowhere
    writer_bits: int  # SPORTSBR_WRITER_BITS: local, with a GPU: 4 or 8 quantises
    writer_timeout_s: float  # SPORTSBR_WRITER_TIMEOUT_S: endpoint: of one answer


def read(environ: dict[str, str] | None = None) -> Env:
    """The settings in force.

    Raises:
        EnvironmentValueError: a value is not of its kind.
    """
    get = (os.environ if environ is None else environ).get
    data_dir = Path(get("SPORTSBR_DATA_DIR", "") or ROOT / "var").resolve()
    hosts = get("SPORTSBR_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver")
    return Env(
        data_dir=data_dir,
        database_url=get("DATABASE_URL", ""),
        broker_url=get("CELERY_BROKER_URL", ""),
        secret_key=get("SPORTSBR_SECRET_KEY", "") or _kept_secret(data_dir),
        debug=_switch("SPORTSBR_DEBUG", get("SPORTSBR_DEBUG", "0")),
        allowed_hosts=_listed(hosts),
        csrf_trusted_origins=_listed(get("SPORTSBR_CSRF_TRUSTED_ORIGINS", "")),
        https=_switch("SPORTSBR_HTTPS", get("SPORTSBR_HTTPS", "0")),
        s3_bucket=get("SPORTSBR_S3_BUCKET", ""),
        s3_endpoint_url=get("SPORTSBR_S3_ENDPOINT_URL", ""),
        lease_s=_number("SPORTSBR_LEASE_S", get("SPORTSBR_LEASE_S", "60")),
        chunk_s=_number("SPORTSBR_CHUNK_S", get("SPORTSBR_CHUNK_S", "60")),
        max_upload_bytes=int(
            _number(
                "SPORTSBR_MAX_UPLOAD_BYTES", get("SPORTSBR_MAX_UPLOAD_BYTES", str(50 * 1024**3))
            )
        ),
        upload_slots=_count("SPORTSBR_UPLOAD_SLOTS", get("SPORTSBR_UPLOAD_SLOTS", "4"), least=1),
        sign_in_failures=_count(
            "SPORTSBR_SIGN_IN_FAILURES", get("SPORTSBR_SIGN_IN_FAILURES", "10"), least=1
        ),
        proxies=_count("SPORTSBR_PROXIES", get("SPORTSBR_PROXIES", "0"), least=0),
        log_level=get("SPORTSBR_LOG_LEVEL", "INFO"),
        writer=_one_of("SPORTSBR_WRITER", get("SPORTSBR_WRITER", "grounded"), of=WRITERS),
        writer_model=get("SPORTSBR_WRITER_MODEL", ""),
        writer_url=get("SPORTSBR_WRITER_URL", ""),
        writer_key=get("SPORTSBR_WRITER_KEY", ""),
        writer_bits=int(
            _one_of("SPORTSBR_WRITER_BITS", get("SPORTSBR_WRITER_BITS", "0"), of=("0", "4", "8"))
        ),
        writer_timeout_s=_number(
            "SPORTSBR_WRITER_TIMEOUT_S", get("SPORTSBR_WRITER_TIMEOUT_S", "30")
        ),
    )


def for_children() -> dict[str, str]:
    """What the site's processes inherit, so that all of them read the same settings."""
    return {
        **os.environ,
        "PYTHONUNBUFFERED": "1",  # log lines appear when they are written
        "DJANGO_SETTINGS_MODULE": "sportsbr.settings",
    }


def use_database(url: str) -> None:
    """Point this process and its children at a database."""
    os.environ["DATABASE_URL"] = url


def _kept_secret(data_dir: Path) -> str:
    """A random key made once and kept, readable by its owner alone."""
    path = data_dir / "secret"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def _switch(name: str, value: str) -> bool:
    if value not in {"0", "1"}:
        raise EnvironmentValueError(f"{name}: expected 0 or 1, got {value!r}")
    return value == "1"


def _one_of(name: str, value: str, *, of: tuple[str, ...]) -> str:
    if value not in of:
        raise EnvironmentValueError(f"{name}: expected one of {', '.join(of)}, got {value!r}")
    return value


def _number(name: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError as error:
        raise EnvironmentValueError(f"{name}: expected a number, got {value!r}") from error
    if not 0 < number < math.inf:  # NaN is refused too: no comparison with it holds
        raise EnvironmentValueError(f"{name}: expected more than 0 and finite, got {value}")
    return number


def _count(name: str, value: str, *, least: int) -> int:
    number = int(value) if value.isdecimal() and len(value) < 10 else -1
    if number < least:
        raise EnvironmentValueError(f"{name}: expected a whole number from {least}, got {value!r}")
    return number


def _listed(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())
