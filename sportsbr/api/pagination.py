"""Lists by cursor: as quick on the last page as on the first."""

from __future__ import annotations

from rest_framework.pagination import CursorPagination


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
