"""Delays, smooths, trends, samples and nested INITIALs become hidden stocks, records, held values.

The forms are Vensim's (reference manual, DELAY1, DELAY3, SMOOTH, SMOOTH3, TREND, FORECAST): a
material delay of order n is a chain of n stocks, each emptied at n/T of its level, so that
material is conserved when T changes; an information smooth is a chain of n first-order
adjustments with time T/n. DELAY FIXED, SAMPLE IF TRUE, DELAY N and SMOOTH N are discrete: they go
by whole time steps under every integration method.
"""

from __future__ import annotations

from dataclasses import replace

from nqpf.engine import ir
from nqpf.engine.names import canonical
from nqpf.engine.passes.beginning import Beginning
from nqpf.engine.passes.elements import passes_of, pin_expr
from nqpf.errors import InputError

_STAGE = f"{ir.HIDDEN}stage"  # the loop over the stages of a delay: no file's range is called so
MAX_ORDER = 1000  # a chain this long is a typing error, and would take minutes to compile


def expand(model: ir.IndexedModel) -> ir.IndexedModel:
    """Return ``model`` without ``Delay`` and its kin, and without ``Initial`` inside expressions.

    Raises
    ------
    InputError
        A delay's order is not a positive whole number known before the run.
    """
    expander = _Expander(model)
    equations = [expander.equation(equation) for equation in model.equations]
    if expander.problems:
        raise InputError("; ".join(dict.fromkeys(expander.problems)))
    return replace(
        model,
        variables=model.variables | expander.variables,
        constants=model.constants | expander.constants,
        equations=(*equations, *expander.equations),
        records=model.records | expander.records,
    )


class _Expander:
    def __init__(self, model: ir.IndexedModel) -> None:
        self.model = model
        self.static = static_variables(model)
        self.beginning = Beginning(model)
        self.constants: dict[str, tuple[float, ...]] = {}
        self.variables: dict[str, ir.Variable] = {}
        self.equations: list[ir.Equation] = []
        self.records: dict[str, str] = {}
        self.problems: list[str] = []

    def equation(self, equation: ir.Equation) -> ir.Equation:
        body = self._expr(equation.body, equation, equation.loops)
        initial = equation.initial
        if initial is not None:
            same = initial is equation.body
            initial = body if same else self._expr(initial, equation, equation.loops)
        return replace(equation, body=body, initial=initial)

    def _expr(self, expr: ir.Expr, owner: ir.Equation, loops: tuple[ir.Loop, ...]) -> ir.Expr:
        inner = (*loops, *expr.loops) if isinstance(expr, ir.Reduce) else loops
        expr = ir.rebuild(expr, tuple(self._expr(part, owner, inner) for part in ir.children(expr)))
        match expr:
            case ir.Initial(operand):
                return self._held(operand, owner, loops)
            case ir.Delay("smooth"):
                return self._smooth(expr, owner, loops)
            case ir.Delay("delay"):
                return self._delay(expr, owner, loops)
            case ir.Delay("delay n"):
                return self._delay_n(expr, owner, loops)
            case ir.Delay("smooth n"):
                return self._smooth_n(expr, owner, loops)
            case ir.Delay("trend" | "forecast"):
                return self._trend(expr, owner, loops)
            case ir.FixedDelay():
                return self._fixed_delay(expr, owner, loops)
            case ir.Sample():
                return self._sample(expr, owner, loops)
            case ir.Draw():
                site = self._hidden("draw", owner, loops, "draw")
                return replace(expr, site=ir.Ref(site, _along(loops)))
            case _:
                return expr

    # --- hidden variables ---------------------------------------------------------------------

    def _hidden(self, what: str, owner: ir.Equation, loops, kind: ir.Kind, stages: int = 1):
        """Add a hidden variable over ``loops`` (times ``stages``); return its name."""
        name = f"{ir.HIDDEN}{what} {len(self.variables) + 1} of {owner.variable}"
        shape = tuple(loop.size for loop in loops)
        dims = tuple(loop.name for loop in loops)
        if stages > 1:
            shape, dims = (*shape, stages), (*dims, _STAGE)
        self.variables[name] = ir.Variable(name, name, "", "", dims, shape, kind)
        return name

    def _held(self, operand: ir.Expr, owner: ir.Equation, loops) -> ir.Ref:
        name = self._hidden("initial", owner, loops, "initial")
        here = _along(loops)
        self.equations.append(ir.Equation(name, here, loops, operand, operand, owner.text))
        return ir.Ref(name, here)

    def _chain(self, what: str, owner: ir.Equation, loops, order: int, flow, initial) -> ir.Ref:
        """Add ``order`` stocks; ``flow(level, before)`` is the net flow of one stage.

        ``before`` is None in the first stage, else the level one stage up. Returns the last.
        """
        name = self._hidden(what, owner, loops, "stock", order)
        here = _along(loops)
        if order == 1:
            level = ir.Ref(name, here)
            self._stage(name, here, loops, flow(level, None), initial, owner)
            return level
        first = (*here, ir.Fixed(0))
        self._stage(name, first, loops, flow(ir.Ref(name, first), None), initial, owner)
        rest = ir.Loop(_STAGE, order - 1)
        later = (*here, ir.Along(rest, tuple(range(1, order))))
        before = (*here, ir.Along(rest, tuple(range(order - 1))))
        body = flow(ir.Ref(name, later), ir.Ref(name, before))
        self._stage(name, later, (*loops, rest), body, initial, owner)
        return ir.Ref(name, (*here, ir.Fixed(order - 1)))

    def _stage(self, name, indices, loops, flow, initial, owner: ir.Equation) -> None:
        self.equations.append(ir.Equation(name, indices, loops, flow, initial, owner.text))

    def _record(self, owner: ir.Equation, loops, value: ir.Expr, steps: ir.Ref | None) -> ir.Ref:
        """Keep ``value`` for as many steps as the held variable ``steps`` says, or one."""
        name = self._hidden("record", owner, loops, "record")
        here = _along(loops)
        self.equations.append(ir.Equation(name, here, loops, value, None, owner.text))
        self.records[name] = "" if steps is None else steps.variable
        return ir.Ref(name, here)

    # --- the functions ------------------------------------------------------------------------

    def _order(self, delay: ir.Delay, owner: ir.Equation, loops) -> int:
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
        order = self._order(delay, owner, loops)
        stage_time = ir.Binary("/", delay.time, ir.Number(float(order)))

        def outflow(level: ir.Expr) -> ir.Expr:
            return ir.Binary("/", level, stage_time)

        def flow(level: ir.Expr, before: ir.Expr | None) -> ir.Expr:
            inflow = delay.input if before is None else outflow(before)
            return ir.Binary("-", inflow, outflow(level))

        initial = ir.Binary("*", delay.initial, stage_time)
        return outflow(self._chain("delay", owner, loops, order, flow, initial))

    # --- DELAY N and SMOOTH N -----------------------------------------------------------------

    def _delay_n(self, delay: ir.Delay, owner: ir.Equation, loops) -> ir.Expr:
        """A chain of stages whose last one is emptied by the delay time of the step before.

        Vensim manual, DELAY N: the output depends on earlier delay times only, and what flows in
        flows out. The other stages go by the present delay time (suite case ``delays``).
        """
        stages = _Stages(self, delay, owner, loops)
        last = ir.Compare("=", stages.number, ir.Number(stages.count - 1.0))
        if _is_static(delay.time, self.static):
            before = own = delay.time
        else:
            record = self._record(owner, loops, delay.time, None)
            early = self._held(delay.time, owner, loops)
            before = ir.If(_AT_START, early, ir.Past(record, _ONE))
            own = ir.If(last, before, delay.time)
        initial = ir.Binary("/", ir.Binary("*", delay.initial, delay.time), stages.order)

        def next_level(level: ir.Expr, upstream: ir.Expr) -> ir.Expr:
            inflow = stages.fed(stages.rate(upstream, delay.time))
            outflow = stages.rate(level, own)
            net = ir.Binary("-", inflow, outflow)
            return ir.Binary("+", level, ir.Binary("*", stages.step, net))

        return stages.rate(stages.chain("delay n", initial, next_level), before)

    def _smooth_n(self, smooth: ir.Delay, owner: ir.Equation, loops) -> ir.Expr:
        stages = _Stages(self, smooth, owner, loops)

        def next_level(level: ir.Expr, upstream: ir.Expr) -> ir.Expr:
            gap = ir.Binary("-", stages.fed(upstream), level)
            change = ir.Binary("*", stages.step, stages.rate(gap, smooth.time))
            return ir.Binary("+", level, change)

        return stages.chain("smooth n", smooth.initial, next_level)

    # --- the others ---------------------------------------------------------------------------

    def _smooth(self, smooth: ir.Delay, owner: ir.Equation, loops) -> ir.Expr:
        order = self._order(smooth, owner, loops)
        stage_time = ir.Binary("/", smooth.time, ir.Number(float(order)))

        def flow(level: ir.Expr, before: ir.Expr | None) -> ir.Expr:
            goal = smooth.input if before is None else before
            return ir.Binary("/", ir.Binary("-", goal, level), stage_time)

        return self._chain("smooth", owner, loops, order, flow, smooth.initial)

    def _trend(self, trend: ir.Delay, owner: ir.Equation, loops) -> ir.Expr:
        """TREND: fractional growth of the input against its average over ``time``."""

        def flow(level: ir.Expr, _before: ir.Expr | None) -> ir.Expr:
            return ir.Binary("/", ir.Binary("-", trend.input, level), trend.time)

        growth = ir.Binary("+", ir.Number(1.0), ir.Binary("*", trend.initial, trend.time))
        initial = ir.Binary("/", trend.input, growth)
        average = self._chain("average", owner, loops, 1, flow, initial)
        # Vensim manual: TREND divides by the size of the average, FORECAST by the average.
        size = average if trend.kind == "forecast" else ir.Call("abs", (average,))
        scale = ir.Binary("*", trend.time, size)
        rate = ir.Call("zidz", (ir.Binary("-", trend.input, average), scale))
        if trend.horizon is None:
            return rate
        ahead = ir.Binary("*", rate, trend.horizon)
        return ir.Binary("*", trend.input, ir.Binary("+", ir.Number(1.0), ahead))

    def _fixed_delay(self, delay: ir.FixedDelay, owner: ir.Equation, loops) -> ir.Expr:
        steps = self._held(delay.steps, owner, loops)
        initial = self._held(delay.initial, owner, loops)
        record = self._record(owner, loops, delay.input, steps)
        early = ir.Compare(">", steps, ir.StepNumber())
        return ir.If(early, initial, ir.Past(record, steps))

    def _sample(self, sample: ir.Sample, owner: ir.Equation, loops) -> ir.Expr:
        initial = self._held(sample.initial, owner, loops)
        name = self._hidden("sample", owner, loops, "auxiliary")
        here = _along(loops)
        value = ir.Ref(name, here)
        record = self._record(owner, loops, value, None)
        one = ir.Number(1.0)
        before = ir.If(ir.Compare(">", one, ir.StepNumber()), initial, ir.Past(record, one))
        now = ir.If(sample.condition, sample.input, before)
        body = ir.Latched(now, record)
        self.equations.append(ir.Equation(name, here, loops, body, None, owner.text))
        return value


_ONE = ir.Number(1.0)
_AT_START = ir.Compare(">", _ONE, ir.StepNumber())


class _Stages:
    """The stages of a DELAY N or SMOOTH N: levels that change once a step.

    Vensim's manual has it that the order at the start counts, and that it is lowered until
    ``order * TIME STEP`` is not above the delay time. So it may differ from member to member; the
    chain is as long as the file's constants ask for, and the input enters at stage
    ``count - order``. A member that asks for more stages has no value.
    """

    def __init__(self, expander: _Expander, delay: ir.Delay, owner: ir.Equation, loops) -> None:
        self.expander = expander
        self.input = delay.input
        self.owner = owner
        self.loops = loops
        self.count = expander._order(delay, owner, loops)
        names = {canonical(name): name for name in expander.model.variables}
        self.step = ir.Ref(names["time_step"])
        wanted = ir.Call("truncate", (delay.order,))
        # A ratio that is whole but for rounding counts as whole.
        ratio = ir.Binary("+", ir.Binary("/", delay.time, self.step), ir.Number(1e-6))
        lowered = ir.Call("max", (_ONE, ir.Call("min", (wanted, ir.Call("floor", (ratio,))))))
        too_long = ir.Compare(">", wanted, ir.Number(float(self.count)))
        order = ir.If(too_long, ir.Number(float("nan")), lowered)
        self.order = expander._held(order, owner, loops)
        self.loop = ir.Loop(_STAGE, self.count)
        self.along = ir.Along(self.loop, tuple(range(self.count)))
        numbers = f"{ir.HIDDEN}numbers of {self.count} stages"
        expander.constants[numbers] = tuple(map(float, range(self.count)))
        shape = (self.count,)
        expander.variables[numbers] = ir.Variable(
            numbers, numbers, "", "", (_STAGE,), shape, "constant"
        )
        self.number = ir.Ref(numbers, (self.along,))

    def rate(self, amount: ir.Expr, time: ir.Expr) -> ir.Expr:
        """Return what passes a stage in a unit of time."""
        return ir.Binary("/", ir.Binary("*", amount, self.order), time)

    def fed(self, upstream: ir.Expr) -> ir.Expr:
        """Return what enters a stage: the input in the first one that is used."""
        first = ir.Binary("-", ir.Number(float(self.count)), self.order)
        return ir.If(ir.Compare("=", self.number, first), self.input, upstream)

    def chain(self, what: str, initial: ir.Expr, next_level) -> ir.Ref:
        """Add the stages; ``next_level(level, upstream)`` is a level one step on.

        Returns the last level.
        """
        expander, owner, loops = self.expander, self.owner, self.loops
        held = expander._held(initial, owner, loops)
        name = expander._hidden(what, owner, loops, "auxiliary", self.count)
        record = expander._hidden("record", owner, loops, "record", self.count)
        expander.records[record] = ""
        here = _along(loops)
        one = self.count == 1
        own = here if one else (*here, self.along)
        before = tuple(max(0, k - 1) for k in range(self.count))
        upstream = here if one else (*here, ir.Along(self.loop, before))
        inner = loops if one else (*loops, self.loop)
        value = ir.If(_AT_START, held, ir.Past(ir.Ref(record, own), _ONE))
        following = next_level(ir.Ref(name, own), ir.Ref(name, upstream))
        if one:
            following = _at_first_stage(following, self.loop.name)
        expander.equations += [
            ir.Equation(name, own, inner, value, None, owner.text),
            ir.Equation(record, own, inner, following, None, owner.text),
        ]
        return ir.Ref(name, here if one else (*here, ir.Fixed(self.count - 1)))


def _at_first_stage(expr: ir.Expr, loop: str) -> ir.Expr:
    """Return the equation of a chain of one stage, which has no loop over stages."""
    return pin_expr(expr, {loop: 0})


def _along(loops) -> tuple[ir.Index, ...]:
    return tuple(ir.Along(loop, tuple(range(loop.size))) for loop in loops)


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
