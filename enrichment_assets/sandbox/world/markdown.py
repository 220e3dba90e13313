"""Spider's markdown of any HTML, for pages that tests bring. The world's own pages come as markdown already."""

from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

_SILENT: Final = frozenset(("script", "style", "noscript", "template", "head", "svg", "iframe", "#comment", "-comment"))
_BREAKS: Final = frozenset(
    ("p", "div", "section", "article", "header", "footer", "nav", "main", "ul", "ol", "table", "tr", "form", "br",
     "blockquote", "pre", "aside", "h1", "h2", "h3", "h4", "h5", "h6", "li")
)  # fmt: skip


def markdown_of(html: str) -> tuple[str, str, str]:
    """(title, meta description, markdown of the visible text)."""
    tree = LexborHTMLParser(html)
    title = tree.css_first("title")
    meta = tree.css_first('meta[name="description"]')
    parts: list[str] = []
    if tree.body is not None:
        _write(tree.body, parts)
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    text = "\n\n".join(line for line in lines if line and line != "-")
    return (
        " ".join(title.text().split()) if title else "",
        (meta.attributes.get("content") or "") if meta else "",
        text + "\n" if text else "",
    )


def _write(root: LexborNode, parts: list[str]) -> None:
    # An own stack: real pages nest deeper than Python recurses.
    stack: list[LexborNode | str] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            parts.append(node)
            continue
        tag = node.tag or ""
        if tag in _SILENT:
            continue
        if tag == "-text":
            parts.append(" ".join((node.text_content or "").replace("\n", " ").split(" ")))
            continue
        before, after = _marks(node, tag)
        parts.append(before)
        stack.append(after)
        children = list(node.iter(include_text=True))
        stack.extend(reversed(children))


def _marks(node: LexborNode, tag: str) -> tuple[str, str]:
    if tag == "a" and (href := node.attributes.get("href")):
        return "[", f"]({href})"
    if tag == "li":
        return "\n- ", "\n"
    if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
        return f"\n{'#' * int(tag[1])} ", "\n"
    return ("\n", "\n") if tag in _BREAKS else ("", "")
