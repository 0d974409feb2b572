"""Known mistakes as functions: they explain failures, and they test the grader."""
