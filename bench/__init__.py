"""Every figure of docs that can be measured on one machine: `python -m bench --help`."""

import os

# Powertools reads its two names when it is imported, as it would in a Lambda process.
os.environ["POWERTOOLS_SERVICE_NAME"] = "mid-job-feedback"
os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "MidJobFeedback"
