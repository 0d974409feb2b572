"""The checks: plain pytest modules, one a task; ``pytest grader/checks --submission PATH`` runs them."""
