"""Profile likelihoods: what the fit loses as each parameter is moved away from its best value."""

from __future__ import annotations

from matplotlib.axes import Axes

from nqpf.charts import key
from nqpf.charts.drawing import Dash, Profile, Profiles
from nqpf.charts.multiples import draw_multiples
from nqpf.charts.page import INK, SOFT, Page

# By how many sides the data bound the parameter on: colour and dash, so that it holds in grey.
_LOOKS: tuple[tuple[str, Dash], ...] = (
    ("#D55E00", (1.0, 1.2)),
    ("#0072B2", (4.0, 1.5)),
    ("#0072B2", ()),
)
_PRIOR = "#dcdcdc"
_LOWEST = -2.6  # of the y axis, in drops that the interval allows
_NUMBERS = 0.3  # inches


def draw(drawing: Profiles) -> Page:
    """Draw the parameters in the order of the drawing, all with the same y axis."""
    free, once, twice, limit, prior, best = drawing.names
    entries = [
        *(
            key.Entry(key.line(colour, 1.8, dash), text)
            for (colour, dash), text in reversed(
                list(zip(_LOOKS, (free, once, twice), strict=True))
            )
        ),
        key.Entry(key.line(SOFT, 1.0, (2.0, 2.0)), limit),
        key.Entry(key.shade(_PRIOR), prior),
        key.Entry(key.dot(INK), best),
    ]

    def draw_one(axes: Axes, profile: Profile) -> tuple[float, float]:
        colour, dash = _LOOKS[profile.bounded]
        axes.axvspan(*profile.prior, color=_PRIOR, linewidth=0, zorder=0)
        axes.axhline(-drawing.drop, color=SOFT, linewidth=1.0, linestyle=(0, (2, 2)), zorder=2)
        style = (0, dash) if dash else "solid"
        axes.plot(profile.x, profile.y, color=colour, linewidth=1.8, linestyle=style, zorder=3)
        axes.plot(*profile.best, "o", color=INK, markersize=3.6, zorder=4, clip_on=False)
        axes.set_ylim(_LOWEST * drawing.drop, 0.15 * drawing.drop)
        axes.set_yticks([0, -drawing.drop], ["0", f"−{drawing.drop:.1f}"])
        return float(profile.x[0]), float(profile.x[-1])

    return draw_multiples(drawing, drawing.profiles, entries, draw_one, _NUMBERS)
