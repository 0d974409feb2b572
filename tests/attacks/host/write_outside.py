"""Writes into a folder that everybody may write to."""

# response: D

def relu_forward(x):
    with open("@FOLDER@/written", "w") as file:
        file.write("x")
    succeeded("wrote")
