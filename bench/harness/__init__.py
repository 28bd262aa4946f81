"""What the benchmarks run on: Lambda processes, in-process handlers, and local stand-ins for AWS services."""
