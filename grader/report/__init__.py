"""Formats of a report, as pure functions of a :class:`grader.core.results.Report`."""
