"""A study: the folder of a model, its scenarios, its statistics and its charts."""
