"""Grades convolutional networks that students wrote from scratch in NumPy.

A submission goes through the rooms in this order, and a room imports only from those above it:

- ``core``        the assignment, results, errors: words that all rooms share
- ``submission``  what was handed in
- ``reference``   the right answers
- ``worker``      running a submission in a process of its own, in a sandbox
- ``judging``     what a check does
- ``feedback``    why a check failed
- ``training``    networks, the training loop, its audit, points of accuracy
- ``checks``      the checks, ordinary pytest modules
- ``run``         one grading, by pytest
- ``report``      a report as a scorecard, as JSON and in other formats; it imports only ``core``
- ``release``     what a course hands out
- ``classroom``   a whole class: what was handed in, the book of results, files for the LMS
- ``cli``         the commands; ``notebook`` is what notebooks import
"""

# grader.lab and grader.replay, which notebooks handed out earlier import, lie in a folder of their own
__path__.append(f"{__path__[0]}/old_names")

__version__ = "0.1.0"
