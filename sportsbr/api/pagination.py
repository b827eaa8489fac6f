"""Lists by cursor: as quick on the last page as on the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import DataError
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination

if TYPE_CHECKING:
    from rest_framework.request import Request


class ByCursor(CursorPagination):
    """In each model's own order."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500

    def get_ordering(self, request: object, queryset: object, view: object) -> tuple[str, ...]:
        """The model's own, so that a list has one order everywhere."""
        del request, view
        ordering = queryset.query.order_by or queryset.model._meta.ordering or ("pk",)  # type: ignore[attr-defined]  # noqa: SLF001 - Django's documented way to a model's options
        return tuple(str(field) for field in ordering)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        """One page; a cursor that we did not give out names nothing.

        Raises:
            NotFound: its position is no value of the list's order.
        """
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValidationError, ValueError, DataError) as error:
            raise exceptions.NotFound(self.invalid_cursor_message) from error
