"""The old name of ``cache``. Only what homes of 0.1.0 name by it is left."""
