"""With AUTH=true, a role may do only what its policy allows, by AWS's own names of actions and resources."""

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local import aws, cloud_process
from tests.local.conftest import LocalCloud, function

ACCOUNT = "000000000000"
TRUST = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
TABLE: dict[str, Any] = {
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}
SENDER = "sender@example.com"


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{aws.REGION}:{ACCOUNT}:{resource}"


class Role(NamedTuple):
    """A new role: clients that have assumed it, and the one policy that it has."""

    cloud: LocalCloud
    name: str
    session: boto3.Session

    def client(self, service: str) -> Any:
        config = Config(proxies={})
        return self.session.client(service, endpoint_url=self.cloud.endpoint_url, config=config)  # type: ignore[call-overload]

    def allow(self, action: str, *resources: str, **condition: dict[str, str]) -> None:
        statement = {"Effect": "Allow", "Action": action, "Resource": resources or ["*"], "Condition": condition}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.cloud.client("iam").put_role_policy(RoleName=self.name, PolicyName="p", PolicyDocument=document)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    directory = tmp_path_factory.mktemp("permissions")
    running = cloud_process.start(cloud_process.free_port(), directory, {"AUTH": "true"})
    try:
        cloud_process.wait_until_ready(running)
        yield LocalCloud(running.endpoint_url)
    finally:
        cloud_process.stop(running)


@pytest.fixture
def role(cloud: LocalCloud) -> Role:
    name = f"role-{uuid4().hex[:8]}"
    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    created = cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
    keys = cloud.client("sts").assume_role(RoleArn=created["Arn"], RoleSessionName="test")["Credentials"]
    session = boto3.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        region_name=aws.REGION,
    )
    return Role(cloud, name, session)


def is_denied(call: Callable[[], Any]) -> bool:
    try:
        call()
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDeniedException":
            raise
        return True
    return False


@pytest.fixture(scope="module")
def configuration(cloud: LocalCloud) -> dict[str, str]:
    client = cloud.client("appconfig")
    application = client.create_application(Name="rollout")["Id"]
    environment = client.create_environment(ApplicationId=application, Name="live")["Id"]
    profile = client.create_configuration_profile(ApplicationId=application, Name="flags", LocationUri="hosted")
    return {
        "ApplicationIdentifier": application,
        "EnvironmentIdentifier": environment,
        "ConfigurationProfileIdentifier": profile["Id"],
    }


def arn_of(configuration: dict[str, str]) -> str:
    application, environment, profile = configuration.values()
    return arn("appconfig", f"application/{application}/environment/{environment}/configuration/{profile}")


def test_starting_a_configuration_session_needs_permission(role: Role, configuration: dict[str, str]) -> None:
    def start_session() -> Any:
        return role.client("appconfigdata").start_configuration_session(**configuration)

    role.allow("appconfig:StartConfigurationSession", f"{arn_of(configuration)}0")
    assert is_denied(start_session)
    role.allow("appconfig:StartConfigurationSession", arn_of(configuration))
    assert not is_denied(start_session)


def test_reading_a_configuration_needs_permission(
    cloud: LocalCloud, role: Role, configuration: dict[str, str]
) -> None:
    session = cloud.client("appconfigdata").start_configuration_session(**configuration)

    def read() -> Any:
        token = session["InitialConfigurationToken"]
        return role.client("appconfigdata").get_latest_configuration(ConfigurationToken=token)

    role.allow("appconfig:GetLatestConfiguration", f"{arn_of(configuration)}0")
    assert is_denied(read)
    role.allow("appconfig:GetLatestConfiguration", arn_of(configuration))
    assert not is_denied(read)


def test_an_email_needs_permission_for_its_sender_its_recipients_and_its_configuration_set(
    cloud: LocalCloud, role: Role
) -> None:
    cloud.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    cloud.client("sesv2").create_configuration_set(ConfigurationSetName="emails")
    identity, configuration_set = arn("ses", f"identity/{SENDER}"), arn("ses", "configuration-set/emails")

    def send(**more: str) -> Any:
        return role.client("sesv2").send_email(
            FromEmailAddress=f"Feedback <{SENDER}>",
            Destination={"ToAddresses": ["client@example.com"]},
            Content={"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}},
            **more,
        )

    def send_by_set() -> Any:
        return send(ConfigurationSetName="emails")

    role.allow("ses:SendEmail", configuration_set)
    assert is_denied(send)
    assert is_denied(send_by_set)
    role.allow("ses:SendEmail", identity)
    assert is_denied(send)
    role.allow("ses:SendEmail", arn("ses", "identity/*"), StringEquals={"ses:FromAddress": "other@example.com"})
    assert is_denied(send)
    role.allow("ses:SendEmail", arn("ses", "identity/*"), StringEquals={"ses:FromAddress": SENDER})
    assert not is_denied(send)
    assert is_denied(send_by_set)
    role.allow("ses:SendEmail", arn("ses", "identity/*"), configuration_set)
    assert not is_denied(send_by_set)


def test_an_event_needs_permission_for_its_bus_its_source_and_its_detail_type(
    cloud: LocalCloud, role: Role
) -> None:
    cloud.client("events").create_event_bus(Name="bus")
    bus = arn("events", "event-bus/bus")

    def put(source: str = "ours") -> Any:
        entry = {"EventBusName": "bus", "Source": source, "DetailType": "Told", "Detail": "{}"}
        return role.client("events").put_events(Entries=[entry])

    def allow(resource: str, source: str, detail_type: str) -> None:
        conditions = {
            "ForAllValues:StringEquals": {"events:source": source},
            "StringEquals": {"events:detail-type": detail_type},
        }
        role.allow("events:PutEvents", resource, **conditions)

    allow(f"{bus}-2", "ours", "Told")
    assert is_denied(put)
    allow(bus, "ours", "Asked")
    assert is_denied(put)
    allow(bus, "ours", "Told")
    assert not is_denied(put)
    assert is_denied(lambda: put("marketplace.contracts"))


def test_a_secret_keeps_its_arn_until_it_is_deleted(cloud: LocalCloud, role: Role) -> None:
    def secret(**properties: str) -> dict[str, Any]:
        return {"Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": properties}}

    outputs = {"Secret": {"Ref": "Secret"}}
    created = cloud.deploy(secret(SecretString="first"), outputs)
    changed = cloud.deploy(secret(SecretString="second"), outputs, created["StackName"])
    assert created["Secret"].startswith(arn("secretsmanager", "secret:"))
    assert changed["Secret"] == created["Secret"]

    def read() -> str:
        found: str = role.client("secretsmanager").get_secret_value(SecretId=created["Secret"])["SecretString"]
        return found

    assert is_denied(read)
    role.allow("secretsmanager:GetSecretValue", created["Secret"])
    assert read() == "second"
    other = {"Topic": {"Type": "AWS::SNS::Topic"}}
    cloud.deploy(other, {}, created["StackName"])
    assert cloud.client("secretsmanager").list_secrets()["SecretList"] == []


def test_a_permission_for_an_alias_is_one_for_calls_of_the_alias_only(cloud: LocalCloud, role: Role) -> None:
    said = cloud.deploy(
        {"Callee": function("def handler(event, context): return 1", AutoPublishAlias="live")},
        {"Callee": {"Fn::GetAtt": "Callee.Arn"}},
    )
    plain, alias = said["Callee"], f"{said['Callee']}:live"

    def may_call(arn: str) -> bool:
        call = role.client("lambda").invoke
        return not is_denied(lambda: call(FunctionName=arn, InvocationType="Event"))

    role.allow("lambda:InvokeFunction", alias)
    assert (may_call(alias), may_call(plain)) == (True, False)
    role.allow("lambda:InvokeFunction", plain)
    assert (may_call(alias), may_call(plain)) == (False, True)
