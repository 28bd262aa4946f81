"""Reads the feature flag that says which freelancers may request feedback."""

from cli.stacks import Stack
from mid_job_feedback import rollout
from mid_job_feedback.rollout import Flag


def read(stack: Stack) -> Flag:
    """The flag as the functions read it from AppConfig."""
    service, settings = stack.client("appconfigdata"), stack.settings
    session = service.start_configuration_session(
        ApplicationIdentifier=settings["ROLLOUT_APPLICATION"],
        EnvironmentIdentifier=settings["ROLLOUT_ENVIRONMENT"],
        ConfigurationProfileIdentifier=settings["ROLLOUT_PROFILE"],
    )
    latest = service.get_latest_configuration(ConfigurationToken=session["InitialConfigurationToken"])
    return rollout.parsed(latest["Configuration"].read())
