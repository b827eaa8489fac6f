"""CaddieSet: golf shots as a table of joint measures at eight swing events, and the ball's flight.

No movement is in it, so it is read as a table. Columns that begin with 0- to 7- are measures of the
body at the event of that number (address … finish); degrees or shares of the body's width.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.training.errors import CorruptDataError
from analysis.training.readers.catalogue import may_ship
from analysis.training.records import MeasureTable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LICENCE: Final = "MIT-caddieset"
CATEGORIES: Final = ("View", "ClubType")
PERSON: Final = "GolferId"


def read(path: Path) -> Iterator[MeasureTable]:
    """The one table.

    Raises:
        CorruptDataError: a column is missing or not a number.
    """
    with path.open(newline="", encoding="utf-8-sig") as stored:
        rows = list(csv.DictReader(stored))
    if not rows or not {*CATEGORIES, PERSON} <= set(rows[0]):
        raise CorruptDataError(name=path.name, found="no such columns", expected=PERSON)
    columns = tuple(name for name in rows[0] if name not in {*CATEGORIES, PERSON})
    try:
        values = np.array([[_number(row[name]) for name in columns] for row in rows])
    except (ValueError, TypeError) as error:
        raise CorruptDataError(name=path.name, found=str(error), expected="numbers") from error
    yield MeasureTable(
        source="caddieset",
        person=tuple(f"caddieset:{row[PERSON]}" for row in rows),
        columns=columns,
        values=values,
        categories={name: tuple(row[name] for row in rows) for name in CATEGORIES},
        inputs=tuple(name for name in columns if name[:1].isdigit()),
        outcomes=tuple(name for name in columns if not name[:1].isdigit()),
        licence=LICENCE,
        may_ship=may_ship(LICENCE),
    )


def _number(cell: str) -> float:
    """A cell's number; NaN where it is empty or holds a spreadsheet's error ("#NAME?")."""
    return float("nan") if not cell or cell.startswith("#") else float(cell)
