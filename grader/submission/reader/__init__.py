"""What decodes, unpacks and parses a submission: in a child process with limits, and without running it.

Standard library only, apart from ``core``: the child sees no installed packages.
"""
