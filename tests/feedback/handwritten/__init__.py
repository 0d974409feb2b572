"""Wrong functions as students write them: each from a description, none made of the solution or of the model.

A variant is named after the function that it is a version of, two underscores, and what is wrong.
"""
