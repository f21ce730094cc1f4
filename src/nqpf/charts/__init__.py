"""Charts from results and specifications.

`prepare` turns a specification and results into a `Drawing`; one module per kind draws it.
"""
