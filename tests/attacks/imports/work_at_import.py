"""Starts work at import that goes on between the calls."""

# response: W

import threading


def work():
    while True:
        np.dot(np.ones((100, 100)), np.ones((100, 100)))


threading.Thread(target=work, daemon=True).start()
