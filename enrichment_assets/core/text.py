"""A text as a person may see it in one cell or one line."""


def truncate_line(text: str, longest: int) -> str:
    """One line without control characters, cut with an ellipsis after ``longest`` characters."""
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
