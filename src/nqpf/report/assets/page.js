// What the page does: languages, theme, charts with their choices and tables, filters, links into
// closed parts, print.
"use strict";

const Page = (() => {
  const root = document.documentElement;
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = {
    en: { year: "Year", scenario: "Scenario", effect: "Effect, %", projected: "projected", gap: "% of the baseline" },
    zh: { year: "年份", scenario: "情景", effect: "影响（%）", projected: "预测", gap: "较基准情景，%" },
  };
  const page = { lang: root.dataset.lang, say: (key) => words[page.lang][key], data };

  // A setting that outlives the page, where the browser keeps any for local files.
  function kept(key, value) {
    try {
      if (value === undefined) return localStorage.getItem(key);
      localStorage.setItem(key, value);
    } catch { /* private window */ }
    return null;
  }

  // --- charts -------------------------------------------------------------------------------

  const LABELLED = new Set(["lines", "projection"]); // kinds whose subtitle speaks of names at the ends
  const chosen = new Map(); // figure -> scenarios shown
  const drawn = new WeakSet();

  function panelPlace(plot, title, unit) {
    const place = document.createElement("div");
    const head = document.createElement("p");
    head.className = "panel-title";
    head.append(title);
    if (unit) {
      const note = document.createElement("span");
      note.className = "panel-unit";
      note.textContent = page.lang === "zh" ? `（${unit}）` : ` (${unit})`;
      head.append(note);
    }
    const canvas = document.createElement("div");
    place.append(head, canvas);
    plot.append(place);
    return canvas;
  }

  function drawFigure(node) {
    const figure = data.figures[Number(node.dataset.figure)];
    const plot = node.querySelector(".plot");
    if (figure.pictures) return [showPicture(plot, figure)];
    plot.replaceChildren();
    chips(node, figure);
    return figure.panels.map((panel) => {
      const place = panelPlace(plot, panel.title[page.lang], panel.unit[page.lang]);
      const labelled = (LABELLED.has(figure.kind) || panel.across !== undefined) && place.clientWidth > 420;
      const spec = panel.layers.length ? Charts.stackSpec(panel, figure)
        : Charts.linesSpec(panel, figure, chosen.get(figure.id), labelled);
      return Charts.draw(place, spec, `${figure.title[page.lang]}: ${panel.title[page.lang]}`);
    });
  }

  // A picture lies packed in the page; where there is none in Chinese, the English one is shown.
  async function showPicture(plot, figure) {
    const packed = figure.pictures[page.lang] ?? figure.pictures.en;
    const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const picture = document.createElement("img");
    picture.alt = `${figure.title[page.lang]}. ${figure.subtitle[page.lang]}`;
    picture.src = URL.createObjectURL(new Blob([await new Response(stream).blob()], { type: "image/svg+xml" }));
    await picture.decode();
    plot.replaceChildren(picture);
    picture.setAttribute("data-drawn", "");
  }

  function chips(node, figure) {
    const box = node.querySelector(".chips");
    const stacked = figure.panels[0].layers;
    const curves = stacked.length ? stacked : figure.panels[0].curves;
    if (!chosen.has(figure.id)) chosen.set(figure.id, new Set(figure.panels.flatMap((panel) => panel.curves).map((curve) => curve.key)));
    box.hidden = curves.length < 2;
    const focus = document.activeElement?.dataset?.key;
    box.replaceChildren(...curves.map((curve) => {
      const label = document.createElement(stacked.length ? "span" : "label");
      const name = data.scenarios[curve.key]?.name[page.lang] ?? Charts.named(curve);
      if (!stacked.length) {
        const tick = document.createElement("input");
        tick.type = "checkbox";
        tick.checked = chosen.get(figure.id).has(curve.key);
        tick.dataset.key = curve.key;
        tick.addEventListener("change", () => {
          chosen.get(figure.id)[tick.checked ? "add" : "delete"](curve.key);
          Promise.all(drawFigure(node)).then(() => box.querySelector(`[data-key="${curve.key}"]`)?.focus());
        });
        label.append(tick);
      }
      label.append(sample(curve, stacked.length > 0), name);
      return label;
    }));
    if (focus) box.querySelector(`[data-key="${focus}"]`)?.focus();
  }

  function sample(curve, filled) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("viewBox", "0 0 32 12");
    const line = document.createElementNS(svg.namespaceURI, filled ? "rect" : "line");
    const given = filled
      ? { x: 8, y: 0, width: 16, height: 12, fill: curve.colour }
      : { x1: 0, x2: 32, y1: 6, y2: 6, stroke: Charts.visible(curve.colour), "stroke-width": curve.width + 0.8,
        "stroke-dasharray": curve.dash.map((part) => part * 1.5).join(" ") };
    for (const [key, value] of Object.entries(given)) line.setAttribute(key, value);
    svg.append(line);
    return svg;
  }

  function drawEffects(node) {
    const rows = data.effects.rows.filter((row) => row.first === (node.dataset.effects === "first"));
    const plot = node.querySelector(".plot");
    plot.replaceChildren();
    return data.effects.years.map((year) => Charts.draw(panelPlace(plot, year, page.say("gap")),
      Charts.effectsSpec(rows, year), `${year}: ${page.say("gap")}`));
  }

  function drawCourse(node) {
    const plot = node.querySelector(".plot");
    const key = node.dataset.scenario;
    const edges = data.courses.scenarios?.[key];
    if (!plot || !edges) return [];
    plot.replaceChildren();
    const curve = { key, name: data.scenarios[key].name, colour: data.scenarios[key].colour, dash: [], width: 2, x: data.courses.x,
      y: edges[2], bands: data.courses.bands ? [[edges[0], edges[4]], [edges[1], edges[3]]] : [] };
    const first = data.courses.x[0];
    const panel = { years: [first, data.courses.x.at(-1)], zero: true, curves: [curve], layers: [], dots: null };
    const figure = { projected: first, words: {} };
    const title = data.courses.name[page.lang];
    const place = panelPlace(plot, title, page.say("gap"));
    return [Charts.draw(place, Charts.linesSpec(panel, figure, new Set([key])), `${data.scenarios[key].title[page.lang]}: ${title}`)];
  }

  const drawers = [["figure[data-figure]", drawFigure], ["[data-effects]", drawEffects], ["details.scenario[open]", drawCourse]];

  function render(node, drawer) {
    drawn.add(node);
    return Promise.all(drawer(node));
  }

  // Charts are drawn when they come near the screen; all of them before a print.
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting && !drawn.has(entry.target)) {
        const [, drawer] = drawers.find(([where]) => entry.target.matches(where));
        render(entry.target, drawer);
      }
    }
  }, { rootMargin: "600px" });

  function drawAll(everything = false) {
    const waiting = [];
    for (const [where, drawer] of drawers) {
      for (const node of document.querySelectorAll(where)) {
        if (everything || drawn.has(node)) waiting.push(render(node, drawer));
        watcher.observe(node);
      }
    }
    return Promise.all(waiting).then(() => waiting.length);
  }

  // --- tables of the charts' numbers --------------------------------------------------------

  function table(figure) {
    const all = document.createElement("div");
    for (const panel of figure.panels) {
      const lines = [...panel.curves, ...panel.layers];
      const found = document.createElement("table");
      found.createCaption().textContent = `${panel.title[page.lang]}, ${panel.unit[page.lang]}`;
      const head = found.createTHead().insertRow();
      const xs = [...new Set(lines.flatMap((line) => line.x))].sort((a, b) => a - b);
      for (const text of [panel.across?.[page.lang] ?? page.say("year"), ...lines.map((line) => data.scenarios[line.key]?.name[page.lang] ?? Charts.named(line))]) {
        const cell = document.createElement("th");
        cell.scope = "col";
        cell.textContent = text;
        head.append(cell);
      }
      const body = found.createTBody();
      for (const x of xs) {
        const row = body.insertRow();
        const year = document.createElement("th");
        year.scope = "row";
        year.textContent = x;
        row.append(year);
        for (const line of lines) {
          const at = line.x.indexOf(x);
          const cell = row.insertCell();
          cell.className = "n";
          if (at >= 0) {
            cell.textContent = Charts.written(line.y[at]) +
              (line.bands.length ? Charts.span(line.bands[0][0][at], line.bands[0][1][at]) : "");
          }
        }
      }
      all.append(found);
    }
    return all;
  }

  function fillTable(details) {
    const figure = data.figures[Number(details.closest("figure").dataset.figure)];
    details.querySelector(".wide").replaceChildren(table(figure));
  }

  // --- languages, theme ---------------------------------------------------------------------

  function setLang(lang) {
    page.lang = lang;
    root.dataset.lang = lang;
    root.lang = lang === "zh" ? "zh-CN" : "en";
    document.title = document.querySelector("h1").innerText;
    for (const button of document.querySelectorAll("[data-set-lang]")) {
      button.setAttribute("aria-pressed", String(button.dataset.setLang === lang));
    }
    for (const details of document.querySelectorAll("details.numbers[open]")) fillTable(details);
    return drawAll();
  }

  function setTheme(theme) {
    root.dataset.theme = theme;
    document.getElementById("theme").setAttribute("aria-pressed", String(theme === "dark"));
    return drawAll();
  }

  // --- filters, links, print ----------------------------------------------------------------

  function filter(input) {
    const wanted = input.value.trim().toLowerCase();
    const section = input.closest("section");
    for (const node of document.querySelectorAll(input.dataset.filter)) {
      node.hidden = wanted !== "" && !node.textContent.toLowerCase().includes(wanted);
    }
    for (const part of section.querySelectorAll("details.sector")) {
      const left = part.querySelectorAll("article:not([hidden]), tbody tr:not([hidden])").length;
      part.hidden = left === 0;
      part.open = wanted !== "" && left > 0;
    }
  }

  // A link may lead into a part that is closed, or filtered away.
  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS") node.open = true;
      node.hidden = false;
    }
    target.scrollIntoView();
  }

  let before = [];

  function openAll() {
    before = [...document.querySelectorAll("main details:not([open]):not(.numbers)")];
    for (const details of before) details.open = true;
    return drawAll(true);
  }

  function closeAgain() {
    for (const details of before) details.open = false;
    before = [];
  }

  page.start = () => {
    for (const button of document.querySelectorAll("[data-set-lang]")) {
      button.addEventListener("click", () => { setLang(button.dataset.setLang); kept("nqpf-lang", page.lang); });
    }
    document.getElementById("theme").addEventListener("click", () => {
      setTheme(Charts.dark() ? "light" : "dark");
      kept("nqpf-theme", root.dataset.theme);
    });
    document.getElementById("print").addEventListener("click", () => openAll().then(() => window.print()));
    for (const input of document.querySelectorAll("[data-filter]")) input.addEventListener("input", () => filter(input));
    for (const details of document.querySelectorAll("details.numbers")) {
      details.addEventListener("toggle", () => { if (details.open) fillTable(details); });
    }
    for (const details of document.querySelectorAll("details.scenario")) {
      details.addEventListener("toggle", () => { if (details.open) render(details, drawCourse); });
    }
    if (matchMedia("(max-width: 70rem)").matches) document.querySelector("nav details").open = false;
    window.addEventListener("hashchange", reveal);
    window.addEventListener("beforeprint", openAll);
    window.addEventListener("afterprint", closeAgain);
    const preferred = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    setTheme(kept("nqpf-theme") ?? preferred);
    setLang(page.lang);
    drawAll();
    reveal();
  };
  page.drawAll = drawAll;
  page.openAll = openAll;
  return page;
})();

Page.start();
