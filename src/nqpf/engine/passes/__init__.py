"""Pure passes: one representation in, the next one out.

``index`` (names to positions) -> ``constants`` (fold) -> ``stateful`` (delays become stocks) ->
``override`` (what a caller replaces) -> ``schedule`` (evaluation order, by element where needed,
split into once per member and once per step).
"""
