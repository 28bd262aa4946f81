"""Benchmarks: `python -m bench --help` lists them, `make bench` runs all and writes `bench/results.md`."""

import os

# Powertools reads these two names at import; on Lambda the environment sets them before the process starts.
os.environ["POWERTOOLS_SERVICE_NAME"] = "mid-job-feedback"
os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "MidJobFeedback"
