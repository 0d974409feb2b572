"""Ends the process when it is imported."""

# response: K

import os

os._exit(0)
