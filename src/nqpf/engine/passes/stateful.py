"""Delays, smooths, trends, samples and nested INITIALs become hidden stocks, records, held values.

The forms are Vensim's (reference manual, DELAY1, DELAY3, SMOOTH, SMOOTH3, TREND, FORECAST): a
material delay of order n is a chain of n stocks, each emptied at n/T of its level, so that
material is conserved when T changes; an information smooth is a chain of n first-order
adjustments with time T/n. DELAY FIXED, SAMPLE IF TRUE and what ``stages`` and ``arrivals`` hold
are discrete: they go by whole time steps under every integration method.
"""

from __future__ import annotations

from dataclasses import replace

from nqpf.engine import ir
from nqpf.engine.names import canonical
from nqpf.engine.passes.arrivals import arriving
from nqpf.engine.passes.beginning import Beginning
from nqpf.engine.passes.elements import passes_of
from nqpf.engine.passes.hidden import STAGE, Hidden, along
from nqpf.engine.passes.stages import staged
from nqpf.engine.passes.vectors import lay_out
from nqpf.errors import InputError, listed

MAX_ORDER = 1000  # a chain this long is a typing error, and would take minutes to compile


def expand(model: ir.IndexedModel) -> ir.IndexedModel:
    """Return ``model`` without ``Delay`` and its kin, and without ``Initial`` inside expressions.

    Functions of whole arrays are laid out first (``vectors``): delays may stand in their arguments.

    Raises
    ------
    InputError
        A delay's order is not a positive whole number known before the run, or a function of
        arrays stands where there is none.
    """
    model = lay_out(model)
    expander = Expander(model)
    equations = [expander.equation(equation) for equation in model.equations]
    if expander.problems:
        raise InputError(listed(expander.problems))
    changed = replace(
        model,
        constants=model.constants | expander.constants,
        equations=tuple(equations),
        records=model.records | expander.records,
    )
    return expander.added_to(changed)


class Expander(Hidden):
    def __init__(self, model: ir.IndexedModel) -> None:
        super().__init__()
        self.model = model
        self.static = static_variables(model)
        self.beginning = Beginning(model)
        self._spelled = {canonical(name): name for name in model.variables}
        self.constants: dict[str, tuple[float, ...]] = {}
        self.records: dict[str, str] = {}
        self.problems: list[str] = []

    def equation(self, equation: ir.Equation) -> ir.Equation:
        body = self._body(equation)
        initial = equation.initial
        if initial is not None:
            same = initial is equation.body
            initial = body if same else self._expr(initial, equation, equation.loops)
        return replace(equation, body=body, initial=initial)

    def _body(self, equation: ir.Equation) -> ir.Expr:
        if not isinstance(equation.body, ir.Sample):
            return self._expr(equation.body, equation, equation.loops)
        parts = [self._expr(part, equation, equation.loops) for part in ir.children(equation.body)]
        own = ir.Ref(equation.variable, equation.indices)
        return self._sample(ir.Sample(*parts), equation, equation.loops, own)

    def _expr(self, expr: ir.Expr, owner: ir.Equation, loops: tuple[ir.Loop, ...]) -> ir.Expr:
        inner = (*loops, *expr.loops) if isinstance(expr, ir.Reduce) else loops
        parts = [self._expr(part, owner, inner) for part in _distinct(expr)]
        if isinstance(expr, ir.Delay) and expr.initial == expr.input:
            parts.insert(2, parts[0])
        expr = ir.rebuild(expr, tuple(parts))
        match expr:
            case ir.Initial(operand):
                return self.held(operand, owner, loops)
            case ir.Delay("smooth"):
                return self._smooth(expr, owner, loops)
            case ir.Delay("delay"):
                return self._delay(expr, owner, loops)
            case ir.Delay("delay n" | "smooth n" | "depreciation"):
                return staged(self, expr, owner, loops)
            case ir.Delay("trend" | "forecast"):
                return self._trend(expr, owner, loops)
            case ir.FixedDelay():
                return self._fixed_delay(expr, owner, loops)
            case ir.Arrivals():
                return arriving(self, expr, owner, loops)
            case ir.Sample():
                return self._sample(expr, owner, loops)
            case ir.Draw():
                site = self.hidden("draw", owner, loops, "draw")
                return replace(expr, site=ir.Ref(site, along(loops)))
            case _:
                return expr

    def is_static(self, expr: ir.Expr) -> bool:
        """Whether ``expr`` cannot change during a run."""
        return _is_static(expr, self.static)

    def control(self, name: str) -> str:
        """Return a control variable's name as the file spells it."""
        return self._spelled[canonical(name)]

    # --- hidden variables ---------------------------------------------------------------------

    def held(self, operand: ir.Expr, owner: ir.Equation, loops) -> ir.Ref:
        name = self.hidden("initial", owner, loops, "initial")
        return self.define(name, owner, loops, operand, operand)

    def _chain(self, what: str, owner: ir.Equation, loops, order: int, flow, initial) -> ir.Ref:
        """Add ``order`` stocks; ``flow(level, before)`` is the net flow of one stage.

        ``before`` is None in the first stage, else the level one stage up. Returns the last.
        """
        name = self.hidden(what, owner, loops, "stock", order)
        here = along(loops)
        if order == 1:
            return self.define(name, owner, loops, flow(ir.Ref(name, here), None), initial)
        first = (*here, ir.Fixed(0))
        self._stage(name, first, loops, flow(ir.Ref(name, first), None), initial, owner)
        rest = ir.Loop(STAGE, order - 1)
        later = (*here, ir.Along(rest, tuple(range(1, order))))
        before = (*here, ir.Along(rest, tuple(range(order - 1))))
        body = flow(ir.Ref(name, later), ir.Ref(name, before))
        self._stage(name, later, (*loops, rest), body, initial, owner)
        return ir.Ref(name, (*here, ir.Fixed(order - 1)))

    def _stage(self, name, indices, loops, flow, initial, owner: ir.Equation) -> None:
        self.equations.append(ir.Equation(name, indices, loops, flow, initial, owner.text))

    def record(self, owner: ir.Equation, loops, value: ir.Expr, steps: ir.Ref | None) -> ir.Ref:
        """Keep ``value`` for as many steps as the held variable ``steps`` says, or one."""
        name = self.hidden("record", owner, loops, "record")
        self.records[name] = "" if steps is None else steps.variable
        return self.define(name, owner, loops, value)

    # --- the functions ------------------------------------------------------------------------

    def order(self, delay: ir.Delay, owner: ir.Equation, loops) -> int:
        """Return the order of a delay at the start; the highest, if its elements differ."""
        orders = [self.beginning.value(delay.order, passes) for passes in passes_of(loops)]
        known = [order for order in orders if order is not None and 1 <= order < MAX_ORDER + 1]
        if len(known) < len(orders):
            self.problems.append(
                f'"{owner.variable}": the order of a delay must be a whole number from 1 to '
                f"{MAX_ORDER} known before the run"
            )
        return int(max(known, default=1))

    def _delay(self, delay: ir.Delay, owner: ir.Equation, loops) -> ir.Expr:
        order = self.order(delay, owner, loops)
        stage_time = ir.Binary("/", delay.time, ir.Number(float(order)))

        def outflow(level: ir.Expr) -> ir.Expr:
            return ir.Binary("/", level, stage_time)

        def flow(level: ir.Expr, before: ir.Expr | None) -> ir.Expr:
            inflow = delay.input if before is None else outflow(before)
            return ir.Binary("-", inflow, outflow(level))

        initial = ir.Binary("*", delay.initial, stage_time)
        return outflow(self._chain("delay", owner, loops, order, flow, initial))

    # --- the others ---------------------------------------------------------------------------

    def _smooth(self, smooth: ir.Delay, owner: ir.Equation, loops) -> ir.Expr:
        order = self.order(smooth, owner, loops)
        stage_time = ir.Binary("/", smooth.time, ir.Number(float(order)))

        def flow(level: ir.Expr, before: ir.Expr | None) -> ir.Expr:
            goal = smooth.input if before is None else before
            return ir.Binary("/", ir.Binary("-", goal, level), stage_time)

        return self._chain("smooth", owner, loops, order, flow, smooth.initial)

    def _trend(self, trend: ir.Delay, owner: ir.Equation, loops) -> ir.Expr:
        """TREND: fractional growth of the input against its average over ``time``."""

        source = trend.input
        if not isinstance(source, ir.Ref | ir.Number):
            # Used several times: written out, trends of trends would double with every one.
            source = self.auxiliary("input", owner, loops, source)

        def flow(level: ir.Expr, _before: ir.Expr | None) -> ir.Expr:
            return ir.Binary("/", ir.Binary("-", source, level), trend.time)

        growth = ir.Binary("+", ir.Number(1.0), ir.Binary("*", trend.initial, trend.time))
        initial = ir.Binary("/", source, growth)
        average = self._chain("average", owner, loops, 1, flow, initial)
        # Vensim manual: TREND divides by the size of the average, FORECAST by the average.
        size = average if trend.kind == "forecast" else ir.Call("abs", (average,))
        scale = ir.Binary("*", trend.time, size)
        rate = ir.Call("zidz", (ir.Binary("-", source, average), scale))
        if trend.horizon is None:
            return rate
        ahead = ir.Binary("*", rate, trend.horizon)
        return ir.Binary("*", source, ir.Binary("+", ir.Number(1.0), ahead))

    def _fixed_delay(self, delay: ir.FixedDelay, owner: ir.Equation, loops) -> ir.Expr:
        steps = self.held(delay.steps, owner, loops)
        initial = self.held(delay.initial, owner, loops)
        record = self.record(owner, loops, delay.input, steps)
        early = ir.Compare(">", steps, ir.StepNumber())
        return ir.If(early, initial, ir.Past(record, steps))

    def _sample(
        self, sample: ir.Sample, owner: ir.Equation, loops, own: ir.Ref | None = None
    ) -> ir.Expr:
        """SAMPLE IF TRUE: the input where the condition holds, else what was held before.

        ``own``: the variable that it defines alone. In the condition or the input that is what was
        held before: ``peak = SAMPLE IF TRUE(x > peak, x, x)`` keeps the largest x so far.
        """
        initial = self.held(sample.initial, owner, loops)
        name = self.hidden("sample", owner, loops, "auxiliary")
        value = ir.Ref(name, along(loops))
        record = self.record(owner, loops, value, None)
        one = ir.Number(1.0)
        before = ir.If(ir.Compare(">", one, ir.StepNumber()), initial, ir.Past(record, one))
        condition, source = sample.condition, sample.input
        if own is not None:
            condition, source = (_in_place_of(own, before, each) for each in (condition, source))
        now = ir.If(condition, source, before)
        return self.define(name, owner, loops, ir.Latched(now, record))


def _in_place_of(old: ir.Ref, new: ir.Expr, expr: ir.Expr) -> ir.Expr:
    if expr == old:
        return new
    return ir.rebuild(expr, tuple(_in_place_of(old, new, part) for part in ir.children(expr)))


def _distinct(expr: ir.Expr) -> tuple[ir.Expr, ...]:
    """Return the parts of ``expr``; of a delay that starts at its input, the input once only.

    Expanded twice, delays of delays would double with every one.
    """
    if isinstance(expr, ir.Delay) and expr.initial == expr.input:
        source, time, _, *rest = ir.children(expr)
        return (source, time, *rest)
    return ir.children(expr)


def _is_static(expr: ir.Expr, static: frozenset[str]) -> bool:
    return not ir.moves(expr) and all(
        not isinstance(node, ir.Ref) or node.variable in static for node in ir.walk(expr)
    )


def static_variables(model: ir.IndexedModel) -> frozenset[str]:
    """Return the variables that cannot change during a run."""
    static = set(model.constants) | set(model.tables)
    static |= {v.name for v in model.variables.values() if v.kind == "initial"}
    bodies: dict[str, list[ir.Equation]] = {}
    for equation in model.equations:
        bodies.setdefault(equation.variable, []).append(equation)
    while True:
        more = {
            name
            for name, equations in bodies.items()
            if name not in static
            and model.variables[name].kind == "auxiliary"
            and all(_is_static(equation.body, frozenset(static)) for equation in equations)
        }
        if not more:
            return frozenset(static)
        static |= more
