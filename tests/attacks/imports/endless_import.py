"""Never ends being imported."""

# response: W

while True:
    pass
