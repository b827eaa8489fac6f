from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING

import pytest

from sportsbr import env

if TYPE_CHECKING:
    from pathlib import Path


def test_defaults_are_the_embedded_site(tmp_path: Path) -> None:
    read = env.read({"SPORTSBR_DATA_DIR": str(tmp_path)})
    assert (read.database_url, read.broker_url, read.s3_bucket) == ("", "", "")
    assert read.debug is False
    assert "localhost" in read.allowed_hosts


def test_secret_is_kept_private_and_differs_between_sites(tmp_path: Path) -> None:
    one = {"SPORTSBR_DATA_DIR": str(tmp_path / "one")}
    first, again = env.read(one).secret_key, env.read(one).secret_key
    other = env.read({"SPORTSBR_DATA_DIR": str(tmp_path / "other")}).secret_key
    assert first == again != other
    assert len(first) >= 50
    assert stat.S_IMODE((tmp_path / "one" / "secret").stat().st_mode) == 0o600


def test_a_given_secret_wins_and_writes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    read = env.read({"SPORTSBR_DATA_DIR": str(folder), "SPORTSBR_SECRET_KEY": "given"})
    assert read.secret_key == "given"
    assert not folder.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SPORTSBR_DEBUG", "yes"),
        ("SPORTSBR_HTTPS", ""),
        ("SPORTSBR_LEASE_S", "soon"),
        ("SPORTSBR_LEASE_S", "0"),
        ("SPORTSBR_CHUNK_S", "-1"),
        ("SPORTSBR_CHUNK_S", "nan"),
        ("SPORTSBR_MAX_UPLOAD_BYTES", "inf"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(env.EnvironmentValueError, match=name):
        env.read({"SPORTSBR_DATA_DIR": str(tmp_path), name: value})


def test_lists_are_split_and_trimmed(tmp_path: Path) -> None:
    hosts = {"SPORTSBR_DATA_DIR": str(tmp_path), "SPORTSBR_ALLOWED_HOSTS": " a.example, b.example,"}
    assert env.read(hosts).allowed_hosts == ("a.example", "b.example")


def test_nobody_else_reads_the_environment() -> None:
    pattern = re.compile(r"os\.(environ\b(?!\.setdefault)|getenv)")
    for path in (*env.ROOT.glob("sportsbr/**/*.py"), *env.ROOT.glob("workers/**/*.py")):
        if path != env.ROOT / "sportsbr" / "env.py":
            assert not pattern.search(path.read_text(encoding="utf-8")), path
