"""The DynamoDB table: item formats, reads, and the conditional writes that change it."""
