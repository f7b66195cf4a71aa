"""What the server itself says to customers, in English and Chinese. What the agent says is in `prompts/`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from retrieval.documents import Language

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Words:
    """The same words in each language."""

    en: str
    zh: str

    def of(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


QUEUED = Words(
    "You are in line for a person. They will read this chat and answer here.",
    "正在为您转接人工客服，客服会查看本次对话并在这里回复。",
)
NOBODY_FREE = Words(
    "Nobody from the shop is available right now{back}. Leave your e-mail address here and a person answers you by "
    "e-mail, or just go on with the assistant.",
    "现在没有空闲的人工客服{back}。请在这里留下邮箱，客服会通过邮件回复您；您也可以继续和智能助手聊。",
)
BACK_AT = Words("; they are back {back}", "，{back} 恢复服务")
NOBODY_CAME = Words(
    "I'm sorry, nobody could come yet. You can stay in line, leave your e-mail address here for an answer by e-mail, "
    "or go back to the assistant.",
    "抱歉，目前还没有客服空闲。您可以继续等待，在这里留下邮箱等候邮件回复，或回到智能助手。",
)
EMAIL_FIELD = Words("Your e-mail address", "您的邮箱")
EMAIL_TAKEN = Words("Thank you. A person will write to {email}.", "谢谢，客服会写信到 {email}。")
BACK_TO_BOT = Words("The assistant is back. How can I help?", "智能助手已恢复为您服务，请问有什么可以帮您？")
TAKEN = Words("A person is with you now.", "人工客服已接入。")
CLOSED = Words(
    "This chat has ended. You are welcome to start a new one at any time.", "本次对话已结束，欢迎您随时开始新的对话。"
)
CSAT_REQUEST = Words("How satisfied are you with this chat?", "您对这次对话满意吗？")
STAGE_QUEUED = Words("One moment…", "请稍候…")
WENT_WRONG = Words(
    "Sorry, something went wrong on our side and I could not answer. Please ask again, or ask for a person.",
    "抱歉，我们这边出了点问题，没能回答您。请再问一次，或要求转人工客服。",
)
TOOK_TOO_LONG = Words(
    "Sorry, this took too long and I had to stop. Please ask again, or ask for a person.",
    "抱歉，处理时间过长，我只好停下。请再问一次，或要求转人工客服。",
)
GAVE_UP = Words(
    "Sorry, I could not finish your answer, so I am asking a person to take over.",
    "抱歉，我没能完成回答，已为您转接人工客服。",
)


def language_of(text: str) -> Language:
    """Chinese when a Han character is in it, else English."""
    return "zh" if _HAN.search(text) else "en"


def language_from_header(accept_language: str) -> Language:
    """The language a browser asks for first, of those we speak."""
    return "zh" if accept_language.strip().lower().startswith("zh") else "en"
