"""Every figure of docs/benchmarks.md, measured anew: `python -m benchmarks [NAME …]`."""
