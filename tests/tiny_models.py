"""Models of the hub's own classes, made on the spot: a few thousand random weights, saved as a hub would serve them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
import transformers as hf
from PIL import Image
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.processors import TemplateProcessing

WORDS = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] <image> a blue red green mug photo of the is it cotton how long does delivery take"
)
VOCABULARY = {word: at for at, word in enumerate(WORDS.split())}
TEXT = {
    "hidden_size": 32, "intermediate_size": 48, "num_attention_heads": 4, "num_hidden_layers": 2,
    "vocab_size": len(VOCABULARY), "max_position_embeddings": 24,
    "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3,
}  # fmt: skip
VISION = {
    "hidden_size": 32, "intermediate_size": 48, "num_attention_heads": 4, "num_hidden_layers": 2,
    "image_size": 32, "patch_size": 8,
}  # fmt: skip
SIDE = {"height": 32, "width": 32}


def a_clip(folder: Path) -> Path:
    """Like `openai/clip-*`."""
    config = hf.CLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=16)
    pictures = hf.CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=SIDE)
    return _saved(folder, hf.CLIPModel(config), hf.CLIPProcessor(pictures, _tokenizer()))


def a_siglip(folder: Path) -> Path:
    """Like `google/siglip-*`, and `google/siglip2-*` of fixed size, which has the same class."""
    config = hf.SiglipConfig(text_config={**TEXT, "projection_size": 32}, vision_config=VISION)
    return _saved(
        folder, hf.SiglipModel(config), hf.SiglipProcessor(hf.SiglipImageProcessorPil(size=SIDE), _tokenizer())
    )


def a_siglip_2(folder: Path) -> Path:
    """Like `google/siglip2-*-naflex`, which keeps a picture's shape."""
    sizes = {key: value for key, value in VISION.items() if key != "image_size"}
    vision = {**sizes, "patch_size": 16, "num_patches": 256}  # its processor insists on these
    config = hf.Siglip2Config(text_config={**TEXT, "projection_size": 32}, vision_config=vision)
    pictures = hf.Siglip2ImageProcessorPil()
    return _saved(folder, hf.Siglip2Model(config), hf.Siglip2Processor(pictures, _tokenizer()))


def a_chinese_clip(folder: Path) -> Path:
    """Like `OFA-Sys/chinese-clip-*`, whose tokenizer knows no longest text."""
    config = hf.ChineseCLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=16)
    pictures = hf.ChineseCLIPImageProcessorPil(size=SIDE, crop_size=SIDE)
    tokenizer = hf.BertTokenizer(vocab=VOCABULARY)
    return _saved(folder, hf.ChineseCLIPModel(config), hf.ChineseCLIPProcessor(pictures, tokenizer))


def a_text_model(folder: Path) -> Path:
    """Like `BAAI/bge-*`: BERT with a pooling, saved by sentence-transformers, which marks questions as such."""
    parts = folder.with_name(f"{folder.name}-parts")
    _saved(parts, hf.BertModel(hf.BertConfig(**TEXT)), hf.BertTokenizer(vocab=VOCABULARY, model_max_length=24))
    transformer = Transformer(str(parts))
    model = SentenceTransformer(
        modules=[transformer, Pooling(transformer.get_embedding_dimension())],
        prompts={"query": "how long: ", "document": ""},
        device="cpu",
    )
    model.save(str(folder))
    return folder


# What the describer below can say; put together, its pieces are JSON.
SAYS = ('{"type":', '"mug",', '"colour":', '"blue"', '"red"', "}")


def a_describer(folder: Path) -> Path:
    """Like LLaVA: a vision tower and a small Llama, taught to say in JSON whether the mug is blue or red."""
    tokenizer = _tokenizer(longest=4096, more=SAYS)
    text = hf.LlamaConfig(**{**TEXT, "vocab_size": len(tokenizer), "max_position_embeddings": 4096})
    config = hf.LlavaConfig(
        vision_config=hf.CLIPVisionConfig(**VISION), text_config=text, image_token_index=VOCABULARY["<image>"],
        vision_feature_layer=-1,
    )  # fmt: skip
    processor = hf.LlavaProcessor(
        image_processor=hf.CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=SIDE),
        tokenizer=tokenizer,
        patch_size=8,
        num_additional_image_tokens=1,
        vision_feature_select_strategy="default",
        chat_template="{% for part in messages[0]['content'] %}"
        "{% if part['type'] == 'image' %}<image> {% else %}{{ part['text'] }}{% endif %}{% endfor %}",
    )
    torch.manual_seed(3)
    model = hf.LlavaForConditionalGeneration(config)
    _teach(model, processor)
    model.eval().save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def a_video_describer(folder: Path) -> Path:
    """Like `Qwen/Qwen2-VL-*`, whose processor would also take videos; it has learnt nothing."""
    marks = ("<|image_pad|>", "<|vision_start|>", "<|vision_end|>", "<|video_pad|>")
    tokenizer = _tokenizer(longest=4096, more=marks)
    tokenizer.add_special_tokens({"additional_special_tokens": list(marks)})
    image, start, end, video = tokenizer.convert_tokens_to_ids(list(marks))
    config = hf.Qwen2VLConfig(
        text_config={
            **TEXT, "num_key_value_heads": 4, "vocab_size": len(tokenizer), "max_position_embeddings": 4096,
            "rope_parameters": {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 10_000.0},
        },
        vision_config={"depth": 1, "embed_dim": 32, "hidden_size": 32, "num_heads": 4, "mlp_ratio": 2, "patch_size": 8},
        image_token_id=image, vision_start_token_id=start, vision_end_token_id=end, video_token_id=video,
    )  # fmt: skip
    _saved(folder, hf.Qwen2VLForConditionalGeneration(config), tokenizer)
    hf.Qwen2VLImageProcessorPil(patch_size=8, size={"shortest_edge": 32 * 32, "longest_edge": 64 * 64}).save_pretrained(
        folder
    )
    (folder / "chat_template.jinja").write_text(
        "{% for part in messages[0]['content'] %}{% if part['type'] == 'image' %}"
        "<|vision_start|><|image_pad|><|vision_end|>{% else %} {{ part['text'] }}{% endif %}{% endfor %}"
    )
    return folder


def _teach(model: hf.LlavaForConditionalGeneration, processor: hf.LlavaProcessor) -> None:
    """Answers to prompts of differing lengths, by the picture's colour."""
    optimiser = torch.optim.Adam(model.parameters(), 6e-3)
    for step in range(60):
        for colour in ("blue", "red"):
            picture = Image.new("RGB", (32, 32), colour)
            prompt = "<image> " + " ".join(["unheard"] * (step * 37 % 240))
            answer = f'{{"type": "mug", "colour": "{colour}" }} [SEP]'
            inputs = processor(images=[picture], text=[f"{prompt} {answer}"], return_tensors="pt")
            labels = inputs["input_ids"].clone()
            labels[:, : -len(answer.split())] = -100
            model(**inputs, labels=labels).loss.backward()
        optimiser.step()
        optimiser.zero_grad()


TWO_TOWERS: dict[str, Callable[[Path], Path]] = {
    "clip": a_clip,
    "siglip": a_siglip,
    "siglip2": a_siglip_2,
    "chinese-clip": a_chinese_clip,
}


def _tokenizer(longest: int = 24, more: Sequence[str] = ()) -> hf.PreTrainedTokenizerFast:
    """Splits at spaces and knows two dozen words."""
    known = VOCABULARY | {word: len(VOCABULARY) + at for at, word in enumerate(more)}
    words = Tokenizer(WordLevel(known, unk_token="[UNK]"))
    words.add_special_tokens(["<image>"])
    words.pre_tokenizer = WhitespaceSplit()
    if not more:  # a text to encode has marks around it, a text to go on with has none
        words.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    marks = {"unk_token": "[UNK]", "pad_token": "[PAD]", "bos_token": "[CLS]", "eos_token": "[SEP]"}
    return hf.PreTrainedTokenizerFast(tokenizer_object=words, model_max_length=longest, **marks)


def _saved(folder: Path, model: hf.PreTrainedModel, processor: hf.ProcessorMixin | hf.PreTrainedTokenizerBase) -> Path:
    # Random weights near zero would make all pictures alike.
    generator = torch.Generator().manual_seed(7)
    for weights in model.parameters():
        if weights.dim() > 1:
            weights.data = torch.randn(weights.shape, generator=generator) * 0.3
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
