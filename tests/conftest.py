"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

FOOTAGE = Path(__file__).resolve().parents[2] / "shared" / "footage"
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def footage_dir() -> Path:
    """The folder of real clips that lies beside the project in CI."""
    if not FOOTAGE.is_dir():
        pytest.skip("no real footage beside the project (../shared/footage)")
    return FOOTAGE


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real labelled movement that lies beside the project in CI."""
    if not DATA.is_dir():
        pytest.skip("no labelled movement beside the project (../shared/data)")
    return DATA
