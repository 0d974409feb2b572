"""Running a submission apart: programs of calls, the child that answers them, and the sandbox around it."""
