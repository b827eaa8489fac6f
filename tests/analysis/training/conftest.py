"""Helpers beside the tests, which are not a package."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

_PATH = Path(__file__).with_name("movement.py")


@pytest.fixture(scope="session")
def movement():
    spec = importlib.util.spec_from_file_location("movement", _PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules["movement"] = module
    spec.loader.exec_module(module)
    return module
