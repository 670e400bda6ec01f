"""The contract as data: operations, their parameters and schemas, generated from the published OpenAPI files."""
