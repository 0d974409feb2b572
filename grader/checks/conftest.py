"""Makes ``pytest grader/checks --submission PATH`` work by itself."""

pytest_plugins = ["grader.run.plugin"]
