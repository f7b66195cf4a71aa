"""The co-attention reranker as a network: each side looks for its like in the other, compares, and pools to a logit.

Affinity QKᵀ, softmax both ways, h_i = f(x_i, c_i) with the comparison of Wang & Jiang 2017 (a compare-aggregate model),
for words and photo patches alike. Both sides are vectors that the encoders have already made; how well each of the
query's finds its like among the other side's (ColBERT's score, Khattab & Zaharia 2020) goes into the logit as it is.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

WIDTH = 96
WORD_DIMENSIONS, PATCH_DIMENSIONS = 384, 256
LIKENESSES = 2  # of the words and of the patches
NOTHING = -1e4  # what a masked place adds to an affinity


class CoAttention(nn.Module):
    """One network for all collections; a kind that a side does not have is masked.

    `forward` takes words (n, words, 384), patches (n, patches, 256) and a mask (n, words + patches) of either side, at
    least one row of each kind, and gives logits (n,). The query may be one for all candidates (n = 1).
    """

    def __init__(self, width: int = WIDTH, dropout: float = 0.1) -> None:
        super().__init__()
        self.words = nn.Linear(WORD_DIMENSIONS, width)
        self.patches = nn.Linear(PATCH_DIMENSIONS, width)
        self.asks = nn.Linear(width, width, bias=False)
        self.answers = nn.Linear(width, width, bias=False)
        self.compare_query = nn.Linear(2 * width, width)
        self.compare_candidate = nn.Linear(2 * width, width)
        self.drop = nn.Dropout(dropout)
        self.own = nn.Linear(width, width, bias=False)  # what a word is, and not only how it compares: "not"
        self.head = nn.Sequential(nn.Linear(8 * width + LIKENESSES, width), nn.ReLU(), nn.Linear(width, 1))
        self.likeness = nn.Linear(LIKENESSES, 1, bias=False)
        nn.init.constant_(self.likeness.weight, 10.0)  # their spread within a list is a tenth of a logit's
        self.scale = width**-0.5

    def forward(  # noqa: PLR0917 - the inputs of the exported graph
        self,
        query_words: Tensor,
        query_patches: Tensor,
        query_mask: Tensor,
        words: Tensor,
        patches: Tensor,
        mask: Tensor,
    ) -> Tensor:
        x = torch.cat([self.words(query_words), self.patches(query_patches)], dim=1)
        y = torch.cat([self.words(words), self.patches(patches)], dim=1)
        affinity = torch.matmul(self.asks(x) * self.scale, self.answers(y).transpose(1, 2))
        to_candidate = (affinity + (1 - mask[:, None, :]) * NOTHING).softmax(dim=2)
        to_query = (affinity.transpose(1, 2) + (1 - query_mask[:, None, :]) * NOTHING).softmax(dim=2)
        of_query = self._compared(self.compare_query, x, torch.matmul(to_candidate, y), self.own(x))
        of_query = of_query * query_mask[:, :, None]
        of_candidate = self._compared(self.compare_candidate, y, torch.matmul(to_query, x), None) * mask[:, :, None]
        asked, offered = query_words.shape[1], words.shape[1]
        alike = torch.stack(
            [
                _likeness(query_words, words, query_mask[:, :asked], mask[:, :offered]),
                _likeness(query_patches, patches, query_mask[:, asked:], mask[:, offered:]),
            ],
            dim=1,
        )
        parts = (
            *_pooled(of_query[:, :asked], query_mask[:, :asked]),
            *_pooled(of_query[:, asked:], query_mask[:, asked:]),
            *_pooled(of_candidate[:, :offered], mask[:, :offered]),
            *_pooled(of_candidate[:, offered:], mask[:, offered:]),
        )
        logits: Tensor = (
            self.head(torch.cat([self.drop(torch.cat(parts, dim=1)), alike], dim=1)) + self.likeness(alike)
        )[:, 0]
        return logits

    def _compared(self, compare: nn.Linear, x: Tensor, c: Tensor, own: Tensor | None) -> Tensor:
        difference = x - c
        compared: Tensor = compare(self.drop(torch.cat([difference * difference, x * c], dim=2)))
        return (compared if own is None else compared + own).relu()


def _pooled(h: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and maximum over the places that are there; h is 0 elsewhere and nowhere negative."""
    return h.sum(dim=1) / mask.sum(dim=1, keepdim=True).clamp(min=1), h.amax(dim=1)


def _likeness(asked: Tensor, offered: Tensor, asked_mask: Tensor, offered_mask: Tensor) -> Tensor:
    """Mean over what is asked of the best cosine with what is offered; 0 where either side has nothing of the kind."""
    cosines = torch.matmul(asked, offered.transpose(1, 2)) * offered_mask[:, None, :]
    best = cosines.amax(dim=2) * asked_mask
    return best.sum(dim=1) / asked_mask.sum(dim=1).clamp(min=1)
