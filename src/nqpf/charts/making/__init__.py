"""Specification and results -> drawing: a module for each sort of results."""
