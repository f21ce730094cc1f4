"""Two versions of a model, a study or its results: what changed, what moved, when first."""
