"""What PartiQL deletes is in the table's stream."""

from typing import Any

from tests.local.conftest import LocalCloud

TABLE = {
    "TableName": "deleted-by-partiql",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "sort", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "sort", "AttributeType": "S"},
    ],
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}
DELETE = 'DELETE FROM "deleted-by-partiql" WHERE "id" = ? AND "sort" = ? AND "colour" = ?'


def records(cloud: LocalCloud, stream: str) -> list[tuple[str, Any, Any]]:
    streams = cloud.client("dynamodbstreams")
    [shard] = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    return [
        (record["eventName"], record["dynamodb"]["Keys"], record["dynamodb"].get("OldImage"))
        for record in streams.get_records(ShardIterator=iterator)["Records"]
    ]


def test_only_what_was_deleted_is_in_the_stream_and_as_it_was(cloud: LocalCloud) -> None:
    dynamodb = cloud.client("dynamodb")
    stream = dynamodb.create_table(**TABLE)["TableDescription"]["LatestStreamArn"]
    red, blue = (
        {"id": {"S": colour}, "sort": {"S": "only"}, "colour": {"S": colour}} for colour in ("red", "blue")
    )
    for item in (red, blue):
        dynamodb.put_item(TableName=TABLE["TableName"], Item=item)
    statements = [
        {"Statement": DELETE, "Parameters": [{"S": name}, {"S": "only"}, {"S": "red"}]}
        for name in ("red", "blue", "nothing")
    ]
    answers = dynamodb.batch_execute_statement(Statements=statements)["Responses"]
    assert [answer.get("Error", {}).get("Code") for answer in answers] == [None, "ConditionalCheckFailed", None]
    removals = [record for record in records(cloud, stream) if record[0] == "REMOVE"]
    assert removals == [("REMOVE", {name: red[name] for name in ("id", "sort")}, red)]
