"""What Codestone costs and how true it is, beside its peers: ``python -m benchmarks --help``."""
