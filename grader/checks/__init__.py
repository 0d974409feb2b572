"""The checks, as plain pytest modules; ``pytest grader/checks --submission PATH`` runs them."""
