"""Plain implementations, as students write them: right, and the ground on which edits make them wrong.

The comment at the end of a line says in words what the line computes: a cause is said with it. Names that
come in pairs, such as ``H`` and ``W``, are exchanged by edits that treat both axes alike.
"""
