"""A document of headed blocks, written once and rendered as HTML and as Markdown."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import markupsafe

from gadless.report.drawing import Drawing
from gadless.report.grids import Grid


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Figure:
    """A drawing, with its picture as a data address for the page."""

    drawing: Drawing
    address: str | None


Block = str | Bullets | Grid | Figure


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it.

    Attributes
    ----------
    heading : str
    blocks : tuple of Block
        Text is a paragraph.
    level : {2, 3}
    number : str
        Filled in by :func:`numbered`.
    """

    heading: str
    blocks: tuple[Block, ...]
    level: Literal[2, 3] = 2
    number: str = ""

    @property
    def anchor(self) -> str:
        """Identifier of the section within the page."""
        return "section-" + self.number.replace(".", "-")


def numbered(sections: Iterable[Section]) -> list[Section]:
    """Give sections their numbers: 1, 1.1, 1.2, 2."""
    found, chapter, part = [], 0, 0
    for section in sections:
        if section.level == 2:
            chapter, part = chapter + 1, 0
            number = str(chapter)
        else:
            part += 1
            number = f"{chapter}.{part}"
        found.append(Section(section.heading, section.blocks, section.level, number))
    return found


def kind(block: Block) -> str:
    """Name the kind of a block, for the template."""
    return "text" if isinstance(block, str) else type(block).__name__.lower()


def coded(text: str) -> markupsafe.Markup:
    """Escape text for the page and set what stands between backticks as code."""
    return markupsafe.Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(markupsafe.escape(text))))


def markdown(title: str, lead: Iterable[str], sections: Iterable[Section]) -> str:
    """Render a document as Markdown.

    Parameters
    ----------
    title : str
    lead : iterable of str
        Paragraphs under the title.
    sections : iterable of Section
        Numbered.
    """
    parts = [f"# {_plain(title)}", *(_plain(text) for text in lead)]
    for section in sections:
        parts.append(f"{'#' * section.level} {section.number} {_plain(section.heading)}")
        parts += [_block(block) for block in section.blocks]
    return "\n\n".join(parts) + "\n"


def _block(block: Block) -> str:
    match block:
        case str():
            return _plain(block)
        case Bullets(sentences):
            return "\n".join(f"- {_plain(item)}" for item in sentences)
        case Figure(drawing, _):
            if drawing.absent:
                return f"*Not drawn. {_plain(drawing.absent)}*"
            return f"![{_plain(drawing.alt)}]({drawing.name}.svg)\n\n*{_plain(drawing.caption)}*"
        case Grid():
            return _table(block)


def _table(grid: Grid) -> str:
    lines = [f"**{_plain(grid.title)}.** {_plain(grid.caption)}".strip(), ""]
    lines.append(_row(grid.columns))
    lines.append("|" + " --- |" * len(grid.columns))
    lines += [_row(row) for row in grid.rows]
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(_plain(cell).replace("|", "\\|") for cell in cells) + " |"


def _plain(text: str) -> str:
    """Keep names from the configuration from becoming markup, and text on one line; code stays."""
    return re.sub(r"([*\[\]])", r"\\\1", html.escape(" ".join(text.split()), quote=False))
