"""The history of the schema, one numbered step a file."""
