"""Calibration against statistics: what the data say about a model's parameters, and what not."""
