"""Boards read at their vendors' own hosts, each company at an address of its own."""
