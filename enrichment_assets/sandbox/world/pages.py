"""A web page as blocks, written out as HTML (for fetches) and as markdown (for Spider). No company's facts here."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape

import orjson


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (``h1``, ``h2``, ``h3``), a paragraph (``p``) or a list (``ul``) of texts or (text, href) links."""

    kind: str
    items: tuple[str | tuple[str, str], ...]


def block(kind: str, *items: str | tuple[str, str]) -> Block:
    """A block of one or more items."""
    return Block(kind, items)


@dataclass(frozen=True, slots=True)
class Document:
    """One page of a web site."""

    title: str
    description: str
    blocks: tuple[Block, ...]
    language: str = "en"
    nav: tuple[tuple[str, str], ...] = ()
    footer: tuple[tuple[str, str], ...] = ()
    json_ld: tuple[object, ...] = ()
    embeds: tuple[str, ...] = field(default=())
    """Markup without text: iframes, scripts, containers that scripts fill."""


def to_html(page: Document) -> str:
    """The page as its server sends it."""
    scripts = "".join(
        f'<script type="application/ld+json">{orjson.dumps(item).decode()}</script>' for item in page.json_ld
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{page.language}"><head><meta charset="utf-8"><title>{escape(page.title)}</title>'
        f'<meta name="description" content="{escape(page.description)}">'
        f'<meta property="og:title" content="{escape(page.title)}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{scripts}'
        '<link rel="stylesheet" href="/assets/site.css"><script src="/assets/site.js" defer></script></head><body>'
        f"<header><nav>{_anchors(page.nav)}</nav></header>\n<main>"
        f"{''.join(map(_block_html, page.blocks))}{''.join(page.embeds)}</main>\n"
        f"<footer>{_anchors(page.footer)}</footer></body></html>\n"
    )


def to_markdown(page: Document) -> str:
    """The visible text as Spider's markdown."""
    parts = [" ".join(f"[{text}]({href})" for text, href in page.nav)] if page.nav else []
    for piece in page.blocks:
        if piece.kind == "ul":
            parts.append("\n".join(f"- {_item_markdown(item)}" for item in piece.items))
        else:
            mark = "#" * int(piece.kind[1]) + " " if piece.kind[0] == "h" else ""
            parts.extend(mark + _item_markdown(item) for item in piece.items)
    if page.footer:
        parts.append(" ".join(f"[{text}]({href})" for text, href in page.footer))
    return "\n\n".join(parts) + "\n"


def _anchors(links: Iterable[tuple[str, str]]) -> str:
    return "".join(f'<a href="{escape(href)}">{escape(text)}</a> ' for text, href in links)


def _item_html(item: str | tuple[str, str]) -> str:
    return escape(item, quote=False) if isinstance(item, str) else f'<a href="{escape(item[1])}">{escape(item[0])}</a>'


def _item_markdown(item: str | tuple[str, str]) -> str:
    return item if isinstance(item, str) else f"[{item[0]}]({item[1]})"


def _block_html(piece: Block) -> str:
    if piece.kind == "ul":
        return "<ul>" + "".join(f"<li>{_item_html(item)}</li>" for item in piece.items) + "</ul>\n"
    return "".join(f"<{piece.kind}>{_item_html(item)}</{piece.kind}>\n" for item in piece.items)
