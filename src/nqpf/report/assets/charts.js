// From the figures of the page to Vega-Lite: one function a sort of chart. Colours and fonts come
// from the style sheet, so that a theme is said once.
"use strict";

const Charts = (() => {
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const HEIGHT = 260;
  const dark = () => document.documentElement.dataset.theme === "dark";

  // --- colours ------------------------------------------------------------------------------

  const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

  function luminance(hex) {
    const parts = rgb(hex).map((byte) => {
      const share = byte / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  }

  // The contrast of two colours (WCAG 2.2).
  function contrast(one, other) {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }

  // A scenario's colour, moved towards the ink until a line of it can be seen on the ground.
  function visible(colour, least = 3) {
    const [ground, ink] = [css("--ground"), css("--ink")];
    let found = colour;
    for (let share = 0.1; contrast(found, ground) < least && share <= 1; share += 0.1) {
      const [from, to] = [rgb(colour), rgb(ink)];
      found = "#" + from.map((byte, at) =>
        Math.round(byte + share * (to[at] - byte)).toString(16).padStart(2, "0")).join("");
    }
    return found;
  }

  // --- numbers ------------------------------------------------------------------------------

  function written(value) {
    const size = Math.abs(value);
    const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3;
    const text = value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return text.replace("-", "−");
  }

  function span(low, high) {
    const both = [written(low), written(high)];
    return Page.lang === "zh" ? `（${both[0]}～${both[1]}）` : ` (${both[0]} to ${both[1]})`;
  }

  // A curve's name may go on, behind a no-break space, with its last value and the range of it.
  const ending = (curve) => curve.name[Page.lang].replace(/(\u00a0[^ (（]+).*/, "$1");
  const named = (curve) => curve.name[Page.lang].split("\u00a0")[0];

  // --- the common frame ---------------------------------------------------------------------

  function config() {
    const [ink, soft, grid] = [css("--ink"), css("--soft"), css("--grid")];
    const font = getComputedStyle(document.body).fontFamily;
    return {
      background: "transparent",
      font,
      view: { stroke: null },
      // A chart is one picture with a description, and its numbers are a table.
      mark: { aria: false },
      axis: { aria: false, labelColor: soft, titleColor: soft, gridColor: grid, domainColor: soft, tickColor: soft,
        labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal" },
      text: { color: ink },
    };
  }

  function draw(place, spec, label) {
    const options = { actions: false, renderer: "svg", ast: false, tooltip: { theme: "custom" } };
    const whole = { $schema: "https://vega.github.io/schema/vega-lite/v6.json", config: config(),
      width: "container", autosize: { type: "fit-x", contains: "padding" }, description: label, ...spec };
    return vegaEmbed(place, whole, options).then((result) => {
      place.setAttribute("data-drawn", "");
      return result;
    });
  }

  function years(range, title = null) {
    return { field: "x", type: "quantitative", title,
      scale: { domain: range, nice: false }, axis: { format: "d", grid: false, tickCount: 6 } };
  }

  // --- courses over the years ---------------------------------------------------------------

  function linesSpec(panel, figure, chosen, labelled = false) {
    const curves = panel.curves.filter((curve) => chosen.has(curve.key));
    const [rows, shades] = [[], []];
    const read = new Map();
    for (const curve of curves) {
      curve.x.forEach((x, at) => {
        const text = written(curve.y[at]) +
          (curve.bands.length ? span(curve.bands[0][0][at], curve.bands[0][1][at]) : "");
        rows.push({ x, y: curve.y[at], key: curve.key });
        if (!read.has(x)) read.set(x, { x });
        read.get(x)[curve.key] = text;
      });
      curve.bands.forEach(([low, high], wide) => curve.x.forEach((x, at) =>
        shades.push({ x, low: low[at], high: high[at], key: curve.key, wide })));
    }
    const lone = curves.every((curve) => curve.x.length === 1); // a line of one point would not be seen
    const dots = panel.dots ? panel.dots[0].map((x, at) => ({ x, y: panel.dots[1][at] })) : [];
    for (const dot of dots) {
      if (read.has(dot.x)) read.get(dot.x).observed = written(dot.y);
    }
    const keys = curves.map((curve) => curve.key);
    const colour = { field: "key", type: "nominal", legend: null,
      scale: { domain: keys, range: curves.map((curve) => visible(curve.colour)) } };
    const across = panel.across?.[Page.lang];
    const tooltip = [{ field: "x", type: "quantitative", format: "d", title: across ?? Page.say("year") },
      ...curves.map((curve) => ({ field: curve.key, type: "nominal", title: named(curve) }))];
    if (dots.length) tooltip.push({ field: "observed", type: "nominal", title: figure.words.observed[Page.lang] });
    const x = years(panel.years, across);
    const domain = nice([...rows.map((row) => row.y), ...dots.map((dot) => dot.y),
      ...shades.flatMap((row) => [row.low, row.high]), ...(panel.zero ? [0] : [])]);
    const y = { type: "quantitative", title: null, scale: { domain, nice: false }, axis: { tickCount: 6 } };
    const layer = [];
    if (panel.years[0] < figure.projected && figure.projected < panel.years[1]) {
      layer.push({ data: { values: [{ x: figure.projected, end: panel.years[1] }] },
        mark: { type: "rect", color: css("--shade"), opacity: 0.6 }, encoding: { x, x2: { field: "end" } } });
    }
    for (const wide of [0, 1]) {
      layer.push({ data: { values: shades.filter((row) => row.wide === wide) },
        mark: lone ? { type: "rule", strokeWidth: 14, opacity: 0.2 } : { type: "area", opacity: 0.2 },
        encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color: colour } });
    }
    for (const curve of curves) {
      layer.push({ data: { values: rows.filter((row) => row.key === curve.key) },
        mark: { type: "line", strokeWidth: curve.width + 0.4, strokeDash: curve.dash.map((part) => part * 1.5),
          color: visible(curve.colour), point: lone && { shape: "stroke", size: 200, color: visible(curve.colour) } },
        encoding: { x, y: { ...y, field: "y" } } });
    }
    layer.push({ data: { values: dots }, mark: { type: "point", filled: false, size: 18, color: css("--ink") },
      encoding: { x, y: { ...y, field: "y" } } });
    layer.push(reader([...read.values()], x, tooltip));
    if (labelled) layer.push(...endLabels(curves, domain, panel.years[1]));
    return { height: HEIGHT, layer };
  }

  // Ends of an axis that holds all values, on round numbers.
  function nice(values) {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const rough = (high - low || Math.abs(high) || 1) / 6;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 2.5, 5, 10].find((each) => each * power >= rough);
    return [Math.floor(low / step + 0.05) * step, Math.ceil(high / step - 0.05) * step];
  }

  // Names beside the ends of the lines, none on another.
  function endLabels(curves, domain, end) {
    const scale = HEIGHT / (domain[1] - domain[0]);
    const ends = curves.map((curve) => ({ curve, at: (domain[1] - curve.y.at(-1)) * scale })).sort((a, b) => a.at - b.at);
    const places = ends.map((each) => each.at);
    const room = 15;
    for (let pass = 0; pass < 60; pass += 1) {
      for (let at = 1; at < places.length; at += 1) {
        const lack = room - (places[at] - places[at - 1]);
        if (lack > 0) { places[at - 1] -= lack / 2; places[at] += lack / 2; }
      }
      const over = places.at(-1) - HEIGHT;
      if (over > 0) places[places.length - 1] -= over;
      if (places[0] < 0) places[0] = 0;
    }
    return ends.map(({ curve }, at) => ({ data: { values: [{ x: end }] },
      mark: { type: "text", align: "left", dx: 6, fontSize: 12, color: visible(curve.colour, 4.5), clip: false,
        text: ending(curve) },
      encoding: { x: { field: "x", type: "quantitative" }, y: { value: places[at] } } }));
  }

  // An upright line at the year nearest to the pointer, with all values of that year.
  function reader(values, x, tooltip) {
    return { data: { values },
      params: [{ name: "at", select: { type: "point", fields: ["x"], nearest: true, on: "pointerover", clear: "pointerout" } }],
      mark: { type: "rule", color: css("--soft") },
      encoding: { x, tooltip, opacity: { condition: { param: "at", empty: false, value: 0.7 }, value: 0 } } };
  }

  // --- layers that add up -------------------------------------------------------------------

  function stackSpec(panel, figure) {
    const rows = [];
    const read = new Map();
    panel.layers.forEach((layer) => {
      layer.edges.forEach(([low, high], part) => layer.x.forEach((x, at) =>
        rows.push({ x, low: low[at], high: high[at], key: layer.key, part })));
      layer.x.forEach((x, at) => {
        if (!read.has(x)) read.set(x, { x });
        read.get(x)[layer.key] = written(layer.y[at]);
      });
    });
    const total = panel.curves[0];
    total.x.forEach((x, at) => { if (read.has(x)) read.get(x)[total.key] = written(total.y[at]); });
    const all = [total, ...panel.layers];
    const x = years(panel.years);
    const y = { type: "quantitative", title: null, scale: { zero: true } };
    const layers = panel.layers.map((each) => each.key);
    const layer = [];
    for (const part of [0, 1]) {
      layer.push({ data: { values: rows.filter((row) => row.part === part) }, mark: { type: "area" },
        encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" },
          color: { field: "key", type: "nominal", legend: null,
            scale: { domain: layers, range: panel.layers.map((each) => each.colour) } } } });
    }
    layer.push({ data: { values: total.x.map((at, place) => ({ x: at, y: total.y[place] })) },
      mark: { type: "line", color: css("--ink"), strokeWidth: 2.4 }, encoding: { x, y: { ...y, field: "y" } } });
    const tooltip = [{ field: "x", type: "quantitative", format: "d", title: Page.say("year") },
      ...all.map((each) => ({ field: each.key, type: "nominal", title: named(each) }))];
    layer.push(reader([...read.values()], x, tooltip));
    return { height: HEIGHT, layer };
  }

  // --- effects with their ranges ------------------------------------------------------------

  function effectsSpec(rowsOf, year) {
    const rows = rowsOf.map((row) => ({ name: Page.data.scenarios[row.key].title[Page.lang],
      colour: visible(Page.data.scenarios[row.key].colour),
      low: row.effects[year][0], mid: row.effects[year][1], high: row.effects[year][2],
      text: written(row.effects[year][1]) + span(row.effects[year][0], row.effects[year][2]) }));
    const y = { field: "name", type: "nominal", title: null, sort: null,
      axis: { labelLimit: 210, labelColor: css("--ink"), ticks: false, domain: false, labelPadding: 8 } };
    const x = { type: "quantitative", title: null, axis: { tickCount: 4, labelOverlap: true, labelExpr: "replace(datum.label, '-', '−') + ' %'" } };
    const tooltip = [{ field: "name", type: "nominal", title: Page.say("scenario") },
      { field: "text", type: "nominal", title: Page.say("effect") }];
    const color = { field: "colour", type: "nominal", scale: null, legend: null };
    return { height: 24 * rows.length, data: { values: rows }, layer: [
      { data: { values: [{}] }, mark: { type: "rule", color: css("--soft") }, encoding: { x: { datum: 0, type: "quantitative" } } },
      { mark: { type: "rule", strokeWidth: 4, opacity: 0.75 },
        encoding: { y, x: { ...x, field: "low" }, x2: { field: "high" }, color, tooltip } },
      { mark: { type: "point", filled: true, size: 90, opacity: 1 },
        encoding: { y, x: { ...x, field: "mid" }, color, tooltip } },
    ] };
  }

  return { draw, linesSpec, stackSpec, effectsSpec, visible, written, span, named, css, dark };
})();
