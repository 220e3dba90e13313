"""Strangers' words in a table."""

from enrichment_assets.artifacts.markdown_table import LONGEST_CELL, cell, table


def test_numbers_stand_right_and_nothing_is_an_empty_cell():
    assert table(("name", "calls"), [("spider", 3), (None, 10)]) == (
        "| name | calls |\n| --- | ---: |\n| spider | 3 |\n|  | 10 |"
    )


def test_what_strangers_write_is_no_markup_and_no_second_cell():
    said = cell("a | b\n<img src=x onerror=alert(1)> [click](javascript:alert(1)) **bold** `code`")
    assert said == (r"a \| b \<img src=x onerror=alert(1)\> \[click\](javascript:alert(1)) \*\*bold\*\* \`code\`")
    assert cell("forget-me & sons.com") == "forget-me & sons.com"


def test_only_an_address_is_a_link():
    assert cell("https://example.com/a?b=c_d") == "<https://example.com/a?b=c_d>"
    for other in (
        "https://example.com/a b",
        "https://example.com/<script>",
        "javascript:alert(1)",
        "ftp://example.com",
    ):
        assert not cell(other).startswith("<")


def test_a_long_text_is_cut():
    assert len(cell("x" * 10_000)) == LONGEST_CELL
