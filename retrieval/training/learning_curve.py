"""The learning curve as a picture: one panel for the losses, one for the development figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path


def draw(curve: Sequence[Mapping[str, float]], path: Path, title: str) -> None:
    """Write a PNG of a run's notes, oldest first.

    Each note holds `minute` or else `step`, losses under names that begin with `loss`, and shares from 0 to 1 under
    any others that a panel is to show. Notes with other names at other times are drawn where they are.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    across = "minute" if "minute" in curve[0] else "step"
    names = list(dict.fromkeys(name for note in curve for name in note))
    losses = [name for name in names if name.startswith("loss")]
    shares = [name for name in names if name not in losses and all(0 <= note.get(name, 0) <= 1 for note in curve)]
    figure = Figure(figsize=(11, 4.5), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    for place, (label, drawn) in enumerate((("loss", losses), ("held out", shares)), start=1):
        panel = figure.add_subplot(1, 2, place)
        for name in drawn:
            at = [note for note in curve if name in note]
            panel.plot([note[across] for note in at], [note[name] for note in at], label=name.removeprefix("loss_"))
        panel.set(xlabel=across, ylabel=label)
        panel.grid(alpha=0.3)
        if drawn:
            panel.legend(fontsize=7, ncols=2)
    figure.suptitle(title)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
