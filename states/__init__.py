"""What a workflow is: values in, values out. Knows no database, clock, file, web or queue."""
