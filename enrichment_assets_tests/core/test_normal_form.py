import sys
import time
import unicodedata

from enrichment_assets.core.normal_form import MOST_MARKS, normalized


def test_every_character_that_is_sorted_counts_as_a_mark():
    moved = (chr(at) for at in range(sys.maxunicode + 1) if unicodedata.combining(chr(at)))
    assert all(unicodedata.category(each).startswith("M") for each in moved)


def test_stacked_marks_take_no_time_and_real_words_keep_theirs():
    start = time.thread_time()
    assert len(normalized("NFKD", "a" + "\u0301" * 100_000 + "\u0316" * 100_000)) == 1 + MOST_MARKS
    assert time.thread_time() - start < 1
    for word in ("Dvořák", "Đặng", "ก็", "हिन्दी"):
        assert normalized("NFC", word * 20) == unicodedata.normalize("NFC", word * 20)
