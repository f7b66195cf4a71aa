"""The co-attention reranker as a network: each side looks for its like in the other, compares, and pools to a logit.

Affinity QKᵀ, softmax both ways, h_i = f(x_i, c_i) with the comparison of Wang & Jiang 2017 (a compare-aggregate model),
for words and photo patches alike. Both sides are vectors that the encoders have already made; how well each of the
query's finds its like among the other side's (ColBERT's score, Khattab & Zaharia 2020) goes into the logit as it is,
with a weight for each word. What the query denies (`retrieval.denials`) is not looked for: how well it is found is a
likeness of its own, which is learnt to count against. Beside a photo the words count as surely as they ask for
something else than it shows.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the trade's name

WIDTH = 64
WORD_DIMENSIONS, PATCH_DIMENSIONS = 384, 256
LIKENESSES = ("words", "meaning", "the same", "something else", "denied")
NOTHING = -1e4  # what a masked place adds to an affinity
_BENT = 48  # rank of the map that bends the words' mean towards what is asked
_COMPARED = 0.5  # share of the candidates in training whose logit has what the comparison says, and its weight after
_CHANGE, _NEAR = 16, 3  # width and words of what reads whether a change is asked for


class CoAttention(nn.Module):
    """One network for all collections; a kind that a side does not have is masked.

    `forward` takes words (n, words, 384), patches (n, patches, 256) and a mask (n, words + patches) of either side, at
    least one row of each kind, and of the query 1 for each word that it denies (n, words). It gives logits (n,), late
    interaction (n,), which is the mean of the best cosines and not learnt, the same of what is denied, and how much
    words beside a photo ask for something else than it shows (n,), 0 to 1. The query may be one for all candidates
    (n = 1).
    """

    def __init__(self, width: int = WIDTH, dropout: float = 0.1) -> None:
        super().__init__()
        self.words = nn.Linear(WORD_DIMENSIONS, width)
        self.patches = nn.Linear(PATCH_DIMENSIONS, width)
        self.asks = nn.Linear(width, width, bias=False)
        self.compare_query = nn.Linear(2 * width, width)
        self.compare_candidate = nn.Linear(2 * width, width)
        self.found = nn.Linear(1, width, bias=False)
        self.weighs = nn.Linear(WORD_DIMENSIONS, 1)
        self.near = nn.Conv1d(WORD_DIMENSIONS, _CHANGE, _NEAR, padding=_NEAR // 2)
        self.changes = nn.Linear(_CHANGE, 1)
        self.counts = nn.Linear(WORD_DIMENSIONS, 1)
        self.narrow = nn.Linear(WORD_DIMENSIONS, _BENT, bias=False)
        self.bend = nn.Linear(_BENT, WORD_DIMENSIONS, bias=False)
        self.drop = nn.Dropout(dropout)
        self.head = nn.Sequential(nn.Linear(8 * width + len(LIKENESSES), width), nn.ReLU(), nn.Linear(width, 1))
        self.likeness = nn.Linear(len(LIKENESSES), 1, bias=False)
        self.scale = width**-0.5
        with torch.no_grad():  # the spread of a likeness within a list is a tenth of a logit's
            self.likeness.weight.copy_(torch.tensor([[10.0, 5.0, 5.0, 0.0, -10.0]]))
        for layer in (self.weighs, self.counts):  # all words alike at first
            nn.init.zeros_(layer.weight)
            nn.init.constant_(layer.bias, 0.5)
        nn.init.zeros_(self.bend.weight)
        nn.init.zeros_(self.head[2].weight)  # type: ignore[arg-type]

    def forward(  # noqa: PLR0917 - the inputs of the exported graph
        self,
        query_words: Tensor,
        query_patches: Tensor,
        query_mask: Tensor,
        denied: Tensor,
        words: Tensor,
        patches: Tensor,
        mask: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        asked, offered = query_words.shape[1], words.shape[1]
        spoken, shown = query_mask[:, :asked], query_mask[:, asked:]
        there, denied = spoken * (1 - denied), spoken * denied
        query_mask = torch.cat([there, shown], dim=1)
        has_words, has_photo = there.amax(dim=1), shown.amax(dim=1)
        x_words, x_patches = self.words(query_words), self.patches(query_patches)
        weights = F.softplus(self.weighs(query_words)[:, :, 0])
        changes = self._change(query_words, spoken) * has_photo  # learnt by itself: a list shows it only darkly
        change = changes.detach()
        said = 1 - has_photo + change  # how much words count
        found_words = _found(query_words, words, mask[:, :offered])
        found_patches = _found(query_patches, patches, mask[:, offered:])
        same, late = _mean(found_patches, shown), _mean(found_words, there)
        alike = torch.stack(
            [
                _mean(found_words * weights, there) * said,
                (self._meaning(query_words, there) * self._meaning(words, mask[:, :offered])).sum(dim=1) * said,
                same * (1 - change),
                same * change,
                _mean(found_words * weights, denied),
            ],
            dim=1,
        )
        x = torch.cat([x_words, x_patches], dim=1)
        y = torch.cat([self.words(words), self.patches(patches)], dim=1)
        affinity = torch.matmul(self.asks(x) * self.scale, y.transpose(1, 2))
        to_candidate = (affinity + (1 - mask[:, None, :]) * NOTHING).softmax(dim=2)
        to_query = (affinity.transpose(1, 2) + (1 - query_mask[:, None, :]) * NOTHING).softmax(dim=2)
        found = self.found(torch.cat([found_words, found_patches], dim=1)[:, :, None])
        of_query = _compared(self.compare_query, self.drop, x, torch.matmul(to_candidate, y), found)
        of_candidate = _compared(self.compare_candidate, self.drop, y, torch.matmul(to_query, x))
        of_query, of_candidate = of_query * query_mask[:, :, None], of_candidate * mask[:, :, None]
        parts = (
            *_pooled(of_query[:, :asked], there),
            *_pooled(of_query[:, asked:], shown),
            *_pooled(of_candidate[:, :offered], mask[:, :offered]),
            *_pooled(of_candidate[:, offered:], mask[:, offered:]),
        )
        rest = self.head(torch.cat([self.drop(torch.cat(parts, dim=1)), alike], dim=1))
        heard = (torch.rand_like(rest) < _COMPARED).float() if self.training else _COMPARED
        logits: Tensor = (heard * rest + self.likeness(alike))[:, 0]
        kinds = has_words + has_photo
        late = (late + same) / kinds.clamp(min=1)
        return logits, late, _mean(found_words, denied), changes + torch.zeros_like(logits)

    def by_rate(self) -> tuple[list[nn.Parameter], list[nn.Parameter], list[nn.Parameter]]:
        """The other parameters, those that read whether a change is asked for, and the weights of the likenesses."""
        reading = [p for layer in (self.near, self.changes) for p in layer.parameters()]
        scales = list(self.likeness.parameters())
        apart = {id(p) for p in (*reading, *scales)}
        return [p for p in self.parameters() if id(p) not in apart], reading, scales

    def _change(self, words: Tensor, there: Tensor) -> Tensor:
        """How surely some word asks for a change, (n,)."""
        read = self.near((words * there[:, :, None]).transpose(1, 2)).transpose(1, 2)
        change = self.changes(self.drop(read.relu()))[:, :, 0]
        surest: Tensor = (change + (1 - there) * NOTHING).amax(dim=1)
        return surest.sigmoid()

    def _meaning(self, words: Tensor, mask: Tensor) -> Tensor:
        """A weighted mean of the words, bent a little and L2-normalised; 0 where there are none."""
        counts = F.softplus(self.counts(words)[:, :, 0]) * mask
        mean = torch.matmul(counts[:, None, :], words)[:, 0]
        bent = mean + self.bend(self.narrow(mean))
        normalised: Tensor = bent / (bent * bent).sum(dim=1, keepdim=True).clamp(min=1e-6).sqrt()
        return normalised


def _compared(compare: nn.Linear, drop: nn.Dropout, x: Tensor, c: Tensor, more: Tensor | None = None) -> Tensor:
    difference = x - c
    compared: Tensor = compare(drop(torch.cat([difference * difference, x * c], dim=2)))
    return (compared if more is None else compared + more).relu()


def _pooled(h: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and maximum over the places that are there; h is 0 elsewhere and nowhere negative."""
    return h.sum(dim=1) / mask.sum(dim=1, keepdim=True).clamp(min=1), h.amax(dim=1)


def _found(asked: Tensor, offered: Tensor, offered_mask: Tensor) -> Tensor:
    """For each of what is asked the best cosine with what is offered, 0 where nothing of the kind is like it."""
    cosines = torch.matmul(asked, offered.transpose(1, 2)) * offered_mask[:, None, :]
    return cosines.amax(dim=2)


def _mean(values: Tensor, mask: Tensor) -> Tensor:
    return (values * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=0.1)
