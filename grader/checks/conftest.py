"""Loads the plugin that ``pytest grader/checks --submission PATH`` needs."""

pytest_plugins = ["grader.run.plugin"]
