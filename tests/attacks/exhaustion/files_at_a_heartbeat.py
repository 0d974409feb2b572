"""Fills the disk, and prints all the while."""

# response: DK

def relu_forward(x):
    for number in range(40):
        print("a heartbeat", flush=True)
        with open(f"file{number}", "wb") as file:
            file.write(bytes(15 << 20))
    succeeded("wrote 600 MB")
