"""Mutated inputs of every format: each is read, or refused in one line.

``python -m tests.fuzz --inputs 20000 mdl`` for many, ``test_fuzz.py`` for a few in every test run.
"""
