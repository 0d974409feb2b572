"""Reports: pure functions of a :class:`grader.core.results.Report`."""
