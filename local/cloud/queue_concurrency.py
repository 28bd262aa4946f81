"""CloudFormation turns the value of a parameter into a number where a property wants one.

ministack passes text on. Its queue poller then compares text with numbers, fails, and delivers no message.
"""

from ministack.services import lambda_svc

from local.cloud.provisioning import Json, after_provisioning


def apply() -> None:
    after_provisioning("AWS::Lambda::EventSourceMapping", _as_number)


def _as_number(mapping_id: str, properties: Json) -> None:
    scaling = properties.get("ScalingConfig")
    if scaling:
        concurrency = int(scaling["MaximumConcurrency"])
        lambda_svc._esms[mapping_id]["ScalingConfig"] = {"MaximumConcurrency": concurrency}
