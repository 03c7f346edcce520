"""One look for all figures: sizes that can be read on paper, colours that survive colour blindness.

Nothing here changes matplotlib for others: `style()` is a context that puts everything back.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Transform

#: width of the text block of an A4 page with margins of 15 mm
PAGE_INCHES = 7.1

#: sizes in points
TEXT, SMALL, TITLE = 7.5, 6.5, 8.5

#: bold letters are wider by
BOLD = 1.15

INK, QUIET, FAINT = "#1a1a1a", "#5a5a5a", "#d9d9d9"

#: Okabe and Ito (2008), darkest contrast first, without the yellow that vanishes on white
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9")

#: once the colours are used up, the next round is dashed, then dotted: never told apart by colour alone
DASHES = ("-", (0, (4, 1.5)), (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5)))

# The file keeps text as text, so it can be searched, read aloud and edited. DejaVu Sans comes with matplotlib,
# so the layout is the same everywhere; it is wide, so whatever a viewer takes instead needs no more room.
FONTS = ("DejaVu Sans", "Helvetica", "Arial", "Liberation Sans", "sans-serif")

_RC: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": TEXT,
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign in the name of a hospital is a dollar sign
    "axes.titlesize": TITLE,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": TEXT,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "lines.linewidth": 1.3,
    "legend.fontsize": TEXT,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "none",
    "svg.hashsalt": "spinesurv",
    "pdf.fonttype": 42,  # letters as letters, as publishers ask
    "path.simplify": True,
}


def style() -> AbstractContextManager[None]:
    """The look, for the length of a `with` block.

    Starts from matplotlib's defaults, so that a user's own matplotlibrc does not change the figures.
    """
    import matplotlib as mpl

    defaults = {k: v for k, v in mpl.rcParamsDefault.items() if not k.startswith(("backend", "interactive"))}
    look: dict[Any, Any] = {**defaults, **_RC}
    return mpl.rc_context(look)


def colour(position: int) -> str:
    """Colour of the n-th thing."""
    return COLOURS[position % len(COLOURS)]


def dashes(position: int) -> Any:
    """Line style of the n-th thing; changes when the colours start again."""
    return DASHES[position // len(COLOURS) % len(DASHES)]


def new_figure(width: float, height: float) -> Figure:
    """A figure of this size in inches that pyplot knows nothing of."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height))


def inches_from(axes: Axes, side: float = 0.0) -> Transform:
    """Inches to the right and upwards from the lower left corner of a panel; `side` 1: from the lower right one."""
    from matplotlib.transforms import ScaledTranslation

    panel: Any = axes.transAxes  # its stub is wider than what it is
    return axes.figure.dpi_scale_trans + ScaledTranslation(side, 0, panel)


def text_inches(text: str, points: float = TEXT) -> float:
    """Width of the widest line of a text, in inches."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family="DejaVu Sans", size=points)
    widths = [text_to_path.get_text_width_height_descent(line, font, False)[0] for line in text.split("\n")]
    return max(widths, default=0.0) / 72.0


def wrapped(text: str, inches: float, points: float = TEXT) -> str:
    """The text broken into lines no wider than this; a word that is too wide is broken too."""
    lines: list[str] = []
    for word in text.split():
        trial = f"{lines[-1]} {word}" if lines else word
        if lines and text_inches(trial, points) <= inches:
            lines[-1] = trial
            continue
        while text_inches(word, points) > inches and len(word) > 1:
            cut = next((k for k in range(len(word) - 1, 1, -1) if text_inches(word[:k], points) <= inches), 1)
            seam = (
                max(word.rfind(sign, 0, cut) for sign in "_-/") + 1
            )  # better after a sign than inside a word
            cut = seam if seam > 1 else cut
            lines.append(word[:cut])
            word = word[cut:]
        lines.append(word)
    return "\n".join(lines)
