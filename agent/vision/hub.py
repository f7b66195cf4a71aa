"""Vision-language models of a hub that transformers knows (Qwen-VL, SmolVLM, LLaVA and kin), on this machine."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
import transformers
from PIL import Image
from transformers import AutoConfig, AutoImageProcessor, AutoModelForImageTextToText, AutoProcessor, AutoTokenizer
from transformers.models.auto import processing_auto
from transformers.utils import logging as transformers_logging

from agent.errors import DescriberFailed
from retrieval.errors import ModelUnavailable
from retrieval.hub import Fetched, advice

ANSWER_TOKENS = 300


class HubVlm:
    """One model in memory, on a GPU where there is one; photos wait for each other in one queue.

    `seconds` bounds one answer, so that an answer that nobody waits for any more does not hold up the queue.
    """

    def __init__(self, fetched: Fetched, *, seconds: float, threads: int = 1) -> None:
        """Loads the model; raises `ModelUnavailable` saying what is missing or not allowed."""
        torch.set_num_threads(threads)
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self.name = fetched.identity
        self._seconds = seconds
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._processor, self._model = _loaded(fetched, self._device)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hub-vlm")

    async def tell(self, picture: Image.Image, prompt: str) -> str:
        """The model's answer, greedily decoded. Raises DescriberFailed."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._tell, picture, prompt)

    def close(self) -> None:
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _tell(self, picture: Image.Image, prompt: str) -> str:
        content = [{"type": "image"}, {"type": "text", "text": prompt}]
        try:
            question = self._processor.apply_chat_template(
                [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
            )
            inputs = self._processor(images=[picture], text=[question], return_tensors="pt").to(
                self._device, dtype=self._model.dtype
            )
            with torch.inference_mode():
                tokens = self._model.generate(
                    **inputs, max_new_tokens=ANSWER_TOKENS, max_time=self._seconds, do_sample=False
                )
            asked = inputs["input_ids"].shape[1]
            (answer,) = self._processor.batch_decode(tokens[:, asked:], skip_special_tokens=True)
        except Exception as error:  # whatever a model's own code raises
            raise DescriberFailed(f"{self.name}: {type(error).__name__}: {error}") from error
        return str(answer)


def _loaded(fetched: Fetched, device: str) -> tuple[Any, Any]:
    trusted = {"trust_remote_code": fetched.model.trust_remote_code, "local_files_only": True}
    try:
        processor = _processor(fetched.folder, trusted)
        model: Any = AutoModelForImageTextToText.from_pretrained(
            fetched.folder, dtype="auto", use_safetensors=True, **trusted
        )
    except Exception as error:  # whatever the configuration, the weights or the model's own code raise
        raise ModelUnavailable(f"{fetched.model.name} cannot be loaded: {advice(error)}") from error
    if getattr(processor, "chat_template", None) is None:
        raise ModelUnavailable(f"{fetched.model.name} has no chat template, so nobody knows how to ask it")
    return processor, model.to(device)  # loaded for inference, without dropout


def _processor(folder: Path, trusted: dict[str, bool]) -> Any:
    try:
        return AutoProcessor.from_pretrained(folder, **trusted)  # type: ignore[no-untyped-call]
    except (ImportError, ValueError) as error:
        if "torchvision" not in str(error).lower():
            raise
        return _processor_without_video(folder, trusted)


def _processor_without_video(folder: Path, trusted: dict[str, bool]) -> Any:
    """The processor of a model that could also watch videos, without the part for these, which needs torchvision.

    Photos need none of it, and a torchvision that was not built for the very torch beside it breaks all models.
    """
    config = AutoConfig.from_pretrained(folder, **trusted)
    whole = getattr(transformers, processing_auto.PROCESSOR_MAPPING_NAMES[config.model_type])  # type: ignore[attr-defined]

    class PhotosOnly(whole):  # type: ignore[misc,valid-type]  # a class of transformers that the model names
        def check_argument_for_proper_class(self, name: str, part: object) -> object:
            return None if name == "video_processor" else super().check_argument_for_proper_class(name, part)

    parts = {
        "image_processor": AutoImageProcessor.from_pretrained(folder, **trusted),  # type: ignore[no-untyped-call]
        "tokenizer": AutoTokenizer.from_pretrained(folder, **trusted),
        "video_processor": None,
    }
    settings, _ = whole.get_processor_dict(folder, local_files_only=True)
    return PhotosOnly.from_args_and_dict([parts[name] for name in whole.get_attributes()], settings)
