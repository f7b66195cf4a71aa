"""A vision-language model behind any endpoint that speaks OpenAI's chat completions and takes images."""

from __future__ import annotations

import base64
import io

from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI
from PIL import Image
from pydantic import SecretStr

from agent.errors import DescriberFailed

ANSWER_TOKENS = 400
QUALITY = 85


class EndpointVlm:
    """One model of one endpoint; photos leave this machine for it, without names or metadata."""

    def __init__(self, *, base_url: str, model: str, key: str = "", seconds: float = 20.0) -> None:
        self.name = model
        self._model = ChatOpenAI(
            base_url=base_url,
            model=model,
            api_key=SecretStr(key or "none"),
            timeout=seconds,
            max_retries=0,
            temperature=0.0,
            max_completion_tokens=ANSWER_TOKENS,
            use_responses_api=False,
        )

    async def tell(self, picture: Image.Image, prompt: str) -> str:
        """The model's answer. Raises DescriberFailed."""
        content: list[str | dict[str, object]] = [
            {"type": "image_url", "image_url": {"url": _as_data(picture)}},
            {"type": "text", "text": prompt},
        ]
        try:
            answer = await self._model.ainvoke([HumanMessage(content)])
        except Exception as error:  # the client's, the connection's and the answer's many kinds
            raise DescriberFailed(type(error).__name__) from error
        return str(answer.text)

    def close(self) -> None:
        """Nothing is held open: the client closes its connections itself."""


def _as_data(picture: Image.Image) -> str:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
