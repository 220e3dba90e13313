"""``enrich report``: what came out, on one page for people who never open a terminal."""
