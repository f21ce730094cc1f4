"""A page to draw on: inches from its top left corner, text that is measured before it is set."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import cast

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import Affine2D

from nqpf.charts.breaking import pieces
from nqpf.charts.drawing import Dash, Drawing

INK, SOFT, GRID, PROJECTED = "#1a1a1a", "#595959", "#dedede", "#f6f5f1"
TITLE, SUBTITLE, PANEL, LABEL, SMALL = 15.0, 11.0, 10.5, 9.0, 8.0  # points
MARGIN = 0.35  # inches around everything
_DPI = 130
_LEADING = 1.28  # line height over font size


class Page:
    """One figure with a title above and a footer below."""

    def __init__(self, drawing: Drawing, width: float, height: float) -> None:
        """Set up a page of ``width`` x ``height`` inches and write title, subtitle and footer."""
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width, height), dpi=_DPI, facecolor="white")
        self.font = drawing.font
        FigureCanvasAgg(self.figure)
        inner = width - 2 * MARGIN
        top = MARGIN
        for text, size, weight, colour in (
            (drawing.title, TITLE, "bold", INK),
            (drawing.subtitle, SUBTITLE, "normal", SOFT),
        ):
            top = self.paragraph(MARGIN, top, inner, text, size, weight, colour) + 0.04
        self.top = top + 0.08
        """Where the header ends."""
        lines = self.wrap(drawing.footer, inner, SMALL)
        self.bottom = height - 0.2 - len(lines) * leading(SMALL)
        """Where the footer begins."""
        for index, line in enumerate(lines):
            self.text(MARGIN, self.bottom + index * leading(SMALL), line, SMALL, colour=SOFT)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        weight: str = "normal",
        colour: str = INK,
        across: str = "left",
        down: str = "top",
        zorder: float = 3.5,
    ) -> None:
        """Set one line at (x, y)."""
        self.figure.text(
            x / self.width,
            1 - y / self.height,
            text,
            size=size,
            weight=weight,
            color=colour,
            family=self.font,
            ha=across,
            va=down,
            parse_math=False,
            zorder=zorder,
        )

    def patch(self, patch: Patch, x: float, y: float, zorder: float = 2.0) -> None:
        """Draw a shape whose own coordinates are inches around (x, y), y upwards."""
        inches = Affine2D().translate(x, self.height - y)
        patch.set_transform(inches + self.figure.dpi_scale_trans)
        patch.set_zorder(zorder)
        self.figure.add_artist(patch)

    def said(self, x: float, y: float, text: str, colour: str = SOFT) -> float:
        """Set an entry of a key; return where the next one begins."""
        self.text(x, y, text, LABEL, colour=colour)
        return x + self.measure(text, LABEL) + 0.22

    def paragraph(
        self, x: float, y: float, width: float, text: str, size: float, weight: str, colour: str
    ) -> float:
        """Set text in lines of at most ``width``; return where the next line would stand."""
        for line in self.wrap(text, width, size, weight):
            self.text(x, y, line, size, weight, colour)
            y += leading(size)
        return y

    def measure(self, text: str, size: float, weight: str = "normal") -> float:
        """Return the width of one line in inches."""
        return _width(text, self.font, size, weight)

    def wrap(self, text: str, width: float, size: float, weight: str = "normal") -> list[str]:
        """Break text into lines of at most ``width`` inches, Chinese between characters."""
        lines, filled = [""], 0.0
        for piece in pieces(text):
            # Piece by piece, because setting a long line again for each of its words is slow.
            if lines[-1] and filled + self.measure(piece.rstrip(" "), size, weight) > width:
                lines.append("")
                filled = 0.0
            lines[-1] += piece
            filled += self.measure(piece, size, weight)
        return [line.rstrip(" ") for line in lines]

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Return bare axes at a place given in inches: grid lines across, years below."""
        box = (
            left / self.width,
            1 - (top + height) / self.height,
            width / self.width,
            height / self.height,
        )
        axes = self.figure.add_axes(box)
        axes.spines[["left", "right", "top"]].set_visible(False)
        axes.spines["bottom"].set_color(SOFT)
        axes.tick_params(labelsize=SMALL, labelcolor=SOFT, labelfontfamily=self.font, length=0)
        axes.tick_params(axis="x", length=3, color=SOFT)
        axes.grid(axis="y", color=GRID, linewidth=0.7)
        axes.set_axisbelow(True)
        axes.yaxis.set_major_locator(self.ticks(5))
        axes.yaxis.set_major_formatter(
            FuncFormatter(lambda value, _: f"{value:,.6g}".replace("-", "−"))
        )
        return axes

    @staticmethod
    def ticks(most: int) -> MaxNLocator:
        """Return what finds round numbers for an axis."""
        return MaxNLocator(most, steps=[1, 2, 2.5, 5, 10])

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        colour: str,
        width: float,
        dash: Dash = (),
    ) -> None:
        """Draw a straight line between two points."""
        (x0, y0), (x1, y1) = start, end
        self.figure.add_artist(
            Line2D(
                [x0 / self.width, x1 / self.width],
                [1 - y0 / self.height, 1 - y1 / self.height],
                color=colour,
                linewidth=width,
                linestyle=(0, dash) if dash else "solid",
            )
        )

    def dot(self, x: float, y: float, colour: str = SOFT) -> None:
        """Draw the mark of an observation."""
        self.figure.add_artist(
            Line2D(
                [x / self.width],
                [1 - y / self.height],
                color=colour,
                marker="o",
                markersize=3.2,
                linestyle="none",
            )
        )

    def shade(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        colour: str,
        hatch: str = "",
        edge: str = GRID,
    ) -> None:
        """Fill a rectangle; (x, y) is its upper left corner."""
        self.figure.add_artist(
            Rectangle(
                (x / self.width, 1 - (y + height) / self.height),
                width / self.width,
                height / self.height,
                facecolor=colour,
                edgecolor="white" if hatch else edge,
                linewidth=0.6,
                hatch=hatch or None,
            )
        )

    def place(self, axes: Axes, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the axes' data lies on the page."""
        right, up = cast("tuple[float, float]", axes.transData.transform((x, y)))
        return right / _DPI, self.height - up / _DPI

    def save(self, path: Path) -> None:
        """Write the page; the suffix says in which format."""
        if path.suffix == ".png":
            # Charts are mostly white: packing harder takes longer than it saves.
            self.figure.savefig(path, pil_kwargs={"compress_level": 3})
        else:
            self.figure.savefig(path)


@cache
def _width(text: str, family: str, size: float, weight: str) -> float:
    # The charts of a study share most of their words.
    font = FontProperties(family=family, size=size, weight=weight)
    width, _, _ = _ruler().get_text_width_height_descent(text, font, ismath=False)
    return width / _DPI


@cache
def _ruler() -> RendererAgg:
    return RendererAgg(1, 1, _DPI)


def leading(size: float) -> float:
    """Return the height in inches of a line of text of ``size`` points."""
    return size * _LEADING / 72
