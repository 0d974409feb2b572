"""Training networks for their own sake: for students who want to see theirs learn, not for points."""
