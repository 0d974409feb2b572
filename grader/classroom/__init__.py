"""A whole class: what was handed in, the book that keeps every result, and files that an LMS takes."""
