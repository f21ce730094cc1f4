"""Tests of models, as the field says that models must be tested; see ``nqpf check``."""
