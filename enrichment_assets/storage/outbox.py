"""Push intents and acknowledgements in a small SQL table. (Seam: the body comes with the delivery issue.)"""


class Outbox:
    """At least once, with a key."""
