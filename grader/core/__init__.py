"""What every room shares: the assignment, results, errors, harmless text, the places of the kit's files."""
