"""The providers on loopback: one process, real HTTP and real DNS, speaking the providers' wire contracts.

Imported only by the CLI and by tests. ``process.Sandbox`` is the handle; ``server`` is what runs in the process.
"""
