"""Errors as RFC 9457 problem documents, in the request's language."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils.translation import get_language
from rest_framework import exceptions
from rest_framework.response import Response

from analysis.errors import WORDING as FOOTAGE_WORDING
from analysis.errors import AnalysisError, explain
from sportsbr.accounts.services import OtherClubError
from sportsbr.recordings.intake import UploadError
from sportsbr.recordings.people import UnknownPersonError
from sportsbr.recordings.services import RunNotFinishedError
from sportsbr.trace import request_id

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTENT_TYPE: Final = "application/problem+json"
logger = logging.getLogger(__name__)

# The HTTP status, then the title in English and in Chinese.
TITLES: Final[dict[str, tuple[int, str, str]]] = {
    "invalid": (400, "The request is not valid.", "请求内容有误。"),
    "other_club": (
        400,
        "The athlete and the footage must be of one club.",
        "运动员与视频必须属于同一个俱乐部。",
    ),
    "not_authenticated": (401, "Sign in or send a valid token.", "请先登录或提供有效的令牌。"),
    "permission_denied": (403, "You may not do this.", "没有执行此操作的权限。"),
    "not_found": (404, "There is no such thing here.", "找不到该内容。"),
    "method_not_allowed": (405, "This method is not allowed here.", "此处不支持该请求方法。"),
    "not_acceptable": (406, "It cannot be told in that form.", "无法以所要求的格式提供。"),
    "run_not_finished": (409, "The analysis has not finished yet.", "分析尚未完成。"),
    "run_failed": (422, "The analysis failed.", "分析失败。"),
    "run_cancelled": (409, "The analysis was cancelled.", "分析已取消。"),
    "unknown_person": (
        422,
        "There is no such person, or no such athlete, in this recording.",
        "该视频中没有这个人，或该运动员不属于此俱乐部。",
    ),
    "upload_offset_conflict": (
        409,
        "The offset is not where the upload stands.",
        "上传位置不一致。",
    ),
    "upload_gone": (410, "The upload has expired or was removed.", "上传已过期或已被删除。"),
    "tus_version": (412, "Expected Tus-Resumable: 1.0.0.", "需要 Tus-Resumable: 1.0.0。"),
    "upload_too_large": (413, "The upload is larger than allowed.", "上传的文件超过允许的大小。"),
    "unsupported_media_type": (415, "This content type is not taken.", "不支持该内容类型。"),
    "range_not_satisfiable": (416, "The range lies outside the file.", "请求的范围超出文件。"),
    "upload_locked": (423, "Another request is writing this upload.", "该上传正在被另一请求写入。"),
    "throttled": (429, "Too many requests.", "请求过于频繁。"),
    "upload_checksum_mismatch": (
        460,
        "The bytes received differ from their checksum; none was kept.",
        "收到的数据与校验和不符，未保存。",
    ),
    "uploads_busy": (
        503,
        "Many uploads are under way; try again in a moment.",
        "正在进行的上传较多，请稍后再试。",
    ),
    "bad_question": (
        422,
        "Ask in 1 to 500 characters.",
        "请用 1 到 500 个字符提问。",
    ),
    "too_many_questions": (
        409,
        "As many questions as are kept were asked about this report.",
        "该报告的提问数量已达上限。",
    ),
    "internal_error": (500, "Something broke on our side.", "服务器内部出错。"),
    "worker_lost": (
        422,
        "The analysis was interrupted several times and was given up.",
        "分析多次中断，已停止。",
    ),
    "missing_file": (404, "This file is not there (any more).", "该文件不存在。"),
}

BY_STATUS: Final = {
    401: "not_authenticated",
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    415: "unsupported_media_type",
    429: "throttled",
}


def language() -> str:
    """The request's language as the analysis names it."""
    return "zh-hans" if (get_language() or "en").startswith("zh") else "en"


def problem(
    code: str,
    *,
    detail: str = "",
    params: Mapping[str, Any] | None = None,
    status: int | None = None,
) -> dict[str, Any]:
    """A problem document; a footage error's code is told in `analysis.errors`' words."""
    lang = language()
    if code in FOOTAGE_WORDING:
        number, title = 422, explain(code, lang=lang, params=dict(params or {}))
    else:
        number, english, chinese = TITLES[code]
        title = chinese if lang == "zh-hans" else english
    return {
        "type": f"/problems/{code}",
        "title": title,
        "status": status or number,
        "detail": detail or title,
        "code": code,
        "params": dict(params or {}),
    }


def answer(document: dict[str, Any], *, headers: Mapping[str, str] | None = None) -> Response:
    """The response that carries a problem document, with the request's id."""
    return Response(
        {**document, "request_id": request_id()},
        status=document["status"],
        headers=dict(headers or {}),
        content_type=CONTENT_TYPE,
    )


def plain_answer(
    document: dict[str, Any], *, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """The same outside of the API's views."""
    return HttpResponse(
        json.dumps({**document, "request_id": request_id()}, ensure_ascii=False),
        status=document["status"],
        content_type=CONTENT_TYPE,
        headers=dict(headers or {}),
    )


def of_status(status: int) -> dict[str, Any]:
    """The problem that says no more than an HTTP status does."""
    otherwise = "internal_error" if status >= 500 else "invalid"
    return problem(BY_STATUS.get(status, otherwise), status=status)


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """Every exception of a view as a problem document; the unknown is logged, not shown."""
    del context
    known = _own(error) or _frameworks(error)
    if known is not None:
        return answer(known, headers=_headers(error))
    logger.error("request failed", exc_info=error)
    return answer(problem("internal_error", params={"reference": request_id()}))


def _headers(error: Exception) -> dict[str, str]:
    """What goes with some errors: how to sign in, when to come again."""
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return {"WWW-Authenticate": getattr(error, "auth_header", None) or "Token"}
    wait_s = getattr(error, "wait", None)
    if isinstance(error, exceptions.Throttled) and wait_s:
        return {"Retry-After": str(int(wait_s))}
    return {}


def _own(error: Exception) -> dict[str, Any] | None:
    if isinstance(error, UploadError):
        return problem(error.code, detail=str(error), status=error.status)
    if isinstance(error, AnalysisError):
        return problem(error.code, params=error.params)
    if isinstance(error, OtherClubError):
        return problem("other_club", detail=str(error))
    if isinstance(error, UnknownPersonError):
        return problem("unknown_person", detail=str(error))
    if isinstance(error, RunNotFinishedError):
        return problem("run_not_finished", detail=str(error))
    return None


def _frameworks(error: Exception) -> dict[str, Any] | None:
    if isinstance(error, exceptions.ValidationError):
        return problem("invalid") | {"errors": error.detail}
    by_class: dict[type[Exception], str] = {
        Http404: "not_found",
        PermissionDenied: "permission_denied",
        exceptions.NotAuthenticated: "not_authenticated",
        exceptions.AuthenticationFailed: "not_authenticated",
        exceptions.PermissionDenied: "permission_denied",
        exceptions.NotFound: "not_found",
        exceptions.MethodNotAllowed: "method_not_allowed",
        exceptions.UnsupportedMediaType: "unsupported_media_type",
        exceptions.Throttled: "throttled",
        exceptions.ParseError: "invalid",
        exceptions.NotAcceptable: "not_acceptable",
    }
    code = next((c for kind, c in by_class.items() if isinstance(error, kind)), None)
    if code is None:
        return None
    detail = str(error.detail) if isinstance(error, exceptions.APIException) else ""
    return problem(code, detail=detail)
