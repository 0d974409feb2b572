"""What was handed in: a folder, an archive or a notebook becomes a private folder of sources."""
