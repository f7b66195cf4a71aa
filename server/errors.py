"""What can go wrong between a client and the server, and the words for it.

ServerError
├── BadRequest          a frame or a body does not fit what was expected
│   ├── Malformed       not even an envelope; the socket closes with 4400
│   └── TooLarge        longer or more than it may be
├── UnknownType         a frame of a type that this server does not know
├── Unauthorized        no ticket or token, or one that is forged, used or too old
├── Forbidden           this site or page may not
├── NotFound            no such thing for this caller; someone else's and a missing one look the same
├── Conflict            it changed meanwhile
├── RateLimited         too much at once; `retry_after_ms` says when again
└── Busy                the server or its disk cannot take it now
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from server.words import Words

Code = Literal[
    "bad_request",
    "unknown_type",
    "unauthorized",
    "forbidden",
    "not_found",
    "conflict",
    "too_large",
    "unsupported_media",
    "photo_rejected",
    "rate_limited",
    "busy",
    "turn_timeout",
    "model_unavailable",
    "handoff_unavailable",
    "outside_hours",
    "resume_gone",
    "internal",
]


class ServerError(Exception):
    """Base class. `where`, `expected` and `got` are for programmers and hold nothing a customer must not see."""

    code: Code = "internal"
    status = 500
    retryable = False

    def __init__(self, *, where: str = "", expected: str = "", got: str = "", retry_after_ms: int = 0) -> None:
        self.where = where
        self.expected = expected
        self.got = got
        self.retry_after_ms = retry_after_ms
        super().__init__(f"{self.code}: {where}: expected {expected}, got {got}")


class BadRequest(ServerError):
    code: Code = "bad_request"
    status = 400


class Malformed(BadRequest):
    """Not an envelope of the protocol: the peer is broken, and the socket closes."""


class TooLarge(BadRequest):
    code: Code = "too_large"
    status = 413


class UnknownType(ServerError):
    code: Code = "unknown_type"
    status = 400


class Unauthorized(ServerError):
    code: Code = "unauthorized"
    status = 401


class Forbidden(ServerError):
    code: Code = "forbidden"
    status = 403


class NotFound(ServerError):
    code: Code = "not_found"
    status = 404


class Conflict(ServerError):
    code: Code = "conflict"
    status = 409


class RateLimited(ServerError):
    code: Code = "rate_limited"
    status = 429
    retryable = True


class Busy(ServerError):
    code: Code = "busy"
    status = 503
    retryable = True


WORDS: Mapping[str, Words] = {
    "bad_request": Words("That message could not be read.", "这条消息无法识别。"),
    "unknown_type": Words("This chat does not know that action.", "聊天不支持此操作。"),
    "unauthorized": Words("Your session has ended. Please reload the page.", "会话已失效，请刷新页面。"),
    "forbidden": Words("The chat may not be used from here.", "此处无法使用聊天。"),
    "not_found": Words("That could not be found.", "没有找到该内容。"),
    "conflict": Words("That has changed in the meantime.", "内容已发生变化。"),
    "too_large": Words("That is too long. Please send it in smaller parts.", "内容过长，请分开发送。"),
    "unsupported_media": Words("Please send a JPEG, PNG, WebP or HEIC photo.", "请发送 JPEG、PNG、WebP 或 HEIC 照片。"),
    "photo_rejected": Words("That photo could not be read. Please try another.", "这张照片无法读取，请换一张试试。"),
    "rate_limited": Words("That was a lot at once. Please wait a moment.", "发送过于频繁，请稍候再试。"),
    "busy": Words("We are very busy. Please try again in a moment.", "系统繁忙，请稍后再试。"),
    "turn_timeout": Words("This took too long. Please ask again.", "处理超时，请重新提问。"),
    "model_unavailable": Words("I cannot answer right now. Please try again.", "暂时无法回答，请稍后再试。"),
    "handoff_unavailable": Words("Nobody can take over right now.", "目前没有客服可以接手。"),
    "outside_hours": Words("Our team is not here at this hour.", "现在不在人工服务时间。"),
    "resume_gone": Words("The chat had to be loaded again.", "聊天记录已重新加载。"),
    "internal": Words("Something went wrong on our side.", "我们这边出了点问题。"),
}


def failure_of(error: Exception) -> ServerError:
    """The error as a client may hear of it; an unknown one says nothing about itself."""
    return error if isinstance(error, ServerError) else ServerError()
