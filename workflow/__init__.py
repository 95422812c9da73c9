"""What a workflow does: the engine and its services over the database. Knows no HTTP."""
