"""How fast the engine is, against PySD, pysimlin and the same equations in C: ``make bench``.

``workload`` says what is run, ``contestants`` who runs it, ``timing`` how it is timed, ``fresh``
what needs a process of its own (compile time, memory), ``growth`` how cost grows, ``report`` the
table and its bars. ``synthetic`` writes models of every kind. ``against_pysd`` compares every
number with PySD's, ``peers`` every model of a folder with PySD and pysimlin: docs/peers.md.
"""
