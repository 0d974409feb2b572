"""One grading: the pytest plugin, the recorder of results, and the report from both."""
