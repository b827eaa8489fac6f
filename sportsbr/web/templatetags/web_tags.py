"""What every page loads: the built script with its style, and the words it speaks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django import template
from django.utils.html import json_script
from django.utils.safestring import SafeString, mark_safe
from django_vite.core.asset_loader import DjangoViteAssetLoader
from django_vite.core.exceptions import DjangoViteAssetNotFoundError

from sportsbr.accounts.selectors import clubs_worked_in
from sportsbr.web.words import script_words

if TYPE_CHECKING:
    from django.template import Context

register = template.Library()
log = logging.getLogger(__name__)


@register.simple_tag
def assets() -> SafeString:
    """Script and style tags; without a build the pages still read, and the log says why."""
    try:
        tags: str = DjangoViteAssetLoader.instance().generate_vite_asset("src/main.ts", "default")
    except DjangoViteAssetNotFoundError:
        log.warning("frontend/dist is not built: pages come without script and style")
        return SafeString()
    return mark_safe(tags)  # noqa: S308  made of the build's own file names


@register.simple_tag(takes_context=True)
def may_upload(context: Context) -> bool:
    """Whether the reader works in a club; asked once for a page."""
    request = context["request"]
    if not hasattr(request, "may_upload"):
        request.may_upload = clubs_worked_in(request.user).exists()
    return bool(request.may_upload)


@register.simple_tag
def words() -> SafeString:
    """The script's words in the page's language."""
    return mark_safe(json_script(script_words(), "words"))  # noqa: S308  json_script escapes
