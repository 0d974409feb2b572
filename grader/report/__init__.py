"""Reports: pure functions of a :class:`grader.results.Report`."""
