"""Never ends being imported."""

# response: T

while True:
    pass
