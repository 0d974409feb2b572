"""Ends the process when it is imported."""

# response: W

import os

os._exit(0)
