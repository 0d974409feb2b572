"""What decodes, unpacks and parses a submission: it runs in a child process with limits, and executes nothing.

Standard library only, apart from the words of the assignment in ``core``: the child sees no installed packages.
"""
