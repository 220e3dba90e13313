"""What the README's table says, measured: ``python -m benchmarks``. The method stands in README.md."""
