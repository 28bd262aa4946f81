"""Powertools reads its two names when it is imported, as it would in a Lambda process."""

import os

os.environ["POWERTOOLS_SERVICE_NAME"] = "mid-job-feedback"
os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "MidJobFeedback"
