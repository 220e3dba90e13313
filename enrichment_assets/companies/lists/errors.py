"""What is said about a list that cannot be read."""

from typing import Final

NEEDS: Final = "needs company_name and website columns"


class UnreadableListError(Exception):
    """A file that holds no list of companies; the message names it, and the line, and what to do.

    It shows no cell: what was taken for a list may be a file of keys.
    """
