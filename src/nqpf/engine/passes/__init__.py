"""Pure passes: one representation in, the next one out.

``symbols`` (which names there are), ``resolve`` (references) and ``index`` (definitions) turn
names into positions, ``constants`` folds numbers, ``stateful`` makes delays into stocks,
``override`` puts in what a caller replaces, ``hoist`` names costly parts that cannot change in a
run, and ``schedule`` finds the order of evaluation, by element where needed, split into once per
member, once per step and only when saved. ``elements`` is what they share.
"""
