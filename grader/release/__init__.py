"""Makes what a course hands out: stubs, notebooks, the students' kit, and files for other platforms."""
