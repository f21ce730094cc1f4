"""The engine beside PySD and pysimlin: who reads a model, and whether they give the same."""
