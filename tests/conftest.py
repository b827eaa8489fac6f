"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

FOOTAGE = Path(__file__).resolve().parents[2] / "shared" / "footage"


@pytest.fixture(scope="session")
def footage_dir() -> Path:
    """The folder of real clips that lies beside the project in CI."""
    if not FOOTAGE.is_dir():
        pytest.skip("no real footage beside the project (../shared/footage)")
    return FOOTAGE
