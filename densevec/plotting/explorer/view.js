"use strict";
/* The page: what is asked and what is shown.  Words are text and never HTML: they come from anybody's text. */
const byId = name => document.getElementById(name);

function decode(name) {
  const text = atob(byId("block-" + name).textContent.trim()), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes.buffer;
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function start() {
  const header = JSON.parse(byId("header").textContent), words = header.words;
  const vectors = openVectors(header, decode);
  const lower = words.map(word => word.toLowerCase());
  const view = { word: -1, other: -1, box: null, points: [] };
  const asked = new Set(header.relations.asked);
  const has = (relation, row) => Object.hasOwn(header.relations[relation], row);

  function goButton(row, label) {
    const made = element("button", label === undefined ? words[row] : label, "go");
    made.type = "button";
    made.dir = "auto";
    made.addEventListener("click", () => go(row));
    return made;
  }

  function wordList(found, digits, className) {
    const list = element("ol", "", className);
    for (const [row, score] of found) {
      const line = document.createElement("li");
      line.append(goButton(row), element("span", score.toFixed(digits), "score"));
      list.append(line);
    }
    return list;
  }

  function fact(name, ...values) {
    const value = document.createElement("dd");
    value.append(...values);
    byId("facts").append(element("dt", name), value);
  }

  function showFacts(row) {
    byId("heading").textContent = words[row];
    byId("facts").replaceChildren();
    fact("place", (row + 1).toLocaleString("en") + " of " + vectors.size.toLocaleString("en"));
    if (header.counts) fact("seen", header.counts[row].toLocaleString("en") + " times");
    if (!header.generality) return;
    const meter = document.createElement("meter"), share = header.generality[row];
    Object.assign(meter, { min: 0, max: 1, value: share });
    meter.setAttribute("aria-hidden", "true");
    fact("general", meter, ` more than ${(100 * share).toFixed(0)} %`);
    const { variance } = vectors.whole(row);
    fact("spread", Math.sqrt(variance.reduce((a, b) => a + b, 0) / variance.length).toPrecision(3) + " a dimension");
  }

  function showNeighbours() {
    const name = byId("measure").value;
    const begin = performance.now(), found = vectors.neighbours(view.word, name, 10), time = performance.now() - begin;
    byId("meaning").textContent = header.measures[name][1];
    const list = wordList(found, 3, "");
    list.id = "neighbours";
    byId("neighbours").replaceWith(list);
    byId("status").textContent = `${vectors.size.toLocaleString("en")} words, ${vectors.dim} dimensions; answered in ${Math.max(1, Math.round(time))} ms`;
    byId("status").dataset.time = time;
  }

  function showRelations(row) {
    const kinds = byId("kinds");
    kinds.replaceChildren();
    for (const [name, title, none] of [
      ["broader", "Broader words", "None is entailed."], ["narrower", "Narrower words", "None among the words looked at."]]) {
      if (!header.relations.asked.length) continue;
      kinds.append(element("h2", title));
      const found = has(name, row) ? header.relations[name][row].slice(0, 10) : [];
      if (found.length) kinds.append(wordList(found, 3, name));
      else kinds.append(element("p", name === "narrower" || asked.has(row) ? none : "Not worked out for this word.", "note"));
    }
    if (asked.size) kinds.append(element("p", `Probabilities of entailment. Broader words were worked out for ${asked.size.toLocaleString("en")} words of this page; narrower ones are those of them that name the word.`, "note"));
    showSenses(row);
    const place = byId("sentences"), own = header.sentences ? header.sentences.of[row] || [] : [];
    place.replaceChildren();
    if (own.length) place.append(element("h2", "In sentences"));
    for (const number of own) place.append(quoted(header.sentences.text[number], token => token === words[row]));
  }

  function quoted(tokens, isMarked) {
    const quote = document.createElement("blockquote");
    quote.dir = "auto";
    tokens.forEach((token, i) => quote.append(...(i ? [" "] : []), isMarked(token, i) ? element("mark", token) : token));
    return quote;
  }

  const sensesOf = row => header.senses[row] || [];

  function showSenses(row) {
    const place = byId("senses"), found = sensesOf(row);
    place.replaceChildren();
    if (!found.length) return;
    place.append(element("h2", found.length > 1 ? `${found.length} senses` : "One sense"));
    found.forEach((sense, i) => {
      const heading = element("h3", `${i + 1}: ${(100 * sense.share).toFixed(0)} % `);
      for (const [other] of sense.near.slice(0, 5)) heading.append(goButton(other), " ");
      place.append(heading, ...sense.examples.map(([tokens, at]) => quoted(tokens, (_, j) => j === at)));
    });
  }

  function showPair() {
    const table = byId("comparison"), body = table.tBodies[0];
    body.replaceChildren();
    table.hidden = view.other < 0;
    if (view.other < 0) return;
    byId("pair-note").textContent = "";
    byId("pair-note").append(goButton(view.word), " is the query, ", goButton(view.other), " the word scored; higher is closer.");
    for (const name of vectors.measures) {
      const line = document.createElement("tr");
      line.append(element("td", header.measures[name][0]), element("td", vectors.score(name, view.word, view.other).toFixed(3)));
      body.append(line);
    }
  }

  /* The words of the region, each once: itself, what is compared, broader and narrower ones, neighbours. */
  function region() {
    const rows = new Map([[view.word, "self"]]), number = +byId("number").value;
    const add = (row, kind) => { if (!rows.has(row)) rows.set(row, kind); };
    if (view.other >= 0) add(view.other, "near");
    for (const [name, kind] of [["broader", "above"], ["narrower", "below"]]) {
      if (has(name, view.word)) for (const [row] of header.relations[name][view.word].slice(0, Math.ceil(number / 4))) add(row, kind);
    }
    for (const [row] of vectors.neighbours(view.word, byId("measure").value, number)) {
      if (rows.size > number) break;
      add(row, "near");
    }
    return rows;
  }

  function layOut() {
    const rows = region(), level = byId("level").value, senses = sensesOf(view.word);
    const shown = [...rows].map(([row, kind]) => ({ row, kind, name: words[row] }));
    if (senses.length > 1) shown.push(...senses.map((_, i) => ({ row: view.word, kind: "sense", name: `${words[view.word]} ${i + 1}` })));
    const densities = shown.map(({ row, kind }, i) => (kind === "sense" ? senses[i - rows.size] : vectors.whole(row)));
    const other = view.other >= 0 ? vectors.whole(view.other) : densities[1];
    const plane = PLANES[byId("plane").value](densities, +level, other, header.arcs);
    view.points = plane.points.map((point, i) => ({ ...point, ...shown[i] }));
    view.plane = plane;
    const xs = [], ys = [];
    for (const { x, y, ellipse: shape } of view.points) {
      const reach = shape ? Math.max(shape.rx, shape.ry) : 0;
      xs.push(x - reach, x + reach); ys.push(y - reach, y + reach);
    }
    if (plane.arc) ys.push(plane.arc);
    const middle = [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2];
    const half = [Math.max(...xs) - middle[0], Math.max(...ys) - middle[1]].map(value => 1.15 * value || 1);
    if (plane.arc) half[0] = Math.max(...xs.map(Math.abs)) * 1.15 || 1;
    view.whole = { x: plane.arc ? 0 : middle[0], y: middle[1], half };
    view.box = null;
    byId("caption").textContent = captionOf(plane, level);
    draw();
  }

  function captionOf(plane, level) {
    if (plane.arc) {
      return `Across, to either side: how far off a word's mean lies; up: how far its mass lies from that mean, in all ${vectors.dim} dimensions; both in `
        + `standard deviations of ${words[view.word]}, each axis with its own scale. Below the line most of a word lies in the ball that holds ${100 * level} % of ${words[view.word]}.`;
    }
    const axes = `Across: ${plane.axes[0]}; up: ${plane.axes[1]}. `;
    return axes + (vectors.hasDensities ? `Ellipses hold ${100 * level} % of each density's mass in this plane; point at a dot to see its own.` : "Words are points in this plane.");
  }

  function draw() {
    const plot = byId("plot"), width = plot.clientWidth || 600, height = plot.clientHeight || 400;
    if (!view.box) {
      const fits = [width / 2 / view.whole.half[0], height / 2 / view.whole.half[1]], both = Math.min(...fits);
      view.box = { x: view.whole.x, y: view.whole.y, unit: view.plane.arc ? fits : [both, both] };
    }
    const { x, y, unit } = view.box;
    const across = value => width / 2 + (value - x) * unit[0], up = value => height / 2 - (value - y) * unit[1];
    const make = (tag, attributes, className) => {
      const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
      if (className) made.setAttribute("class", className);
      return made;
    };
    plot.setAttribute("viewBox", `0 0 ${width} ${height}`);
    plot.replaceChildren();
    if (view.plane.arc) {
      const at = Array.from({ length: 121 }, (_, i) => view.plane.arc * Math.sin((i - 60) / 60 * Math.PI / 2));
      const line = at.map(value => `${across(value)} ${up(Math.sqrt(Math.max(0, view.plane.arc ** 2 - value ** 2)))}`);
      plot.append(make("path", { d: `M ${line.join(" L ")} Z` }, "shape self"));
    }
    const outlines = new Map();
    for (const point of view.points) {
      const { x: px, y: py, ellipse: shape, kind } = point;
      if (!shape) continue;
      const place = `translate(${across(px)} ${up(py)}) rotate(${-shape.angle * 180 / Math.PI})`;
      const drawn = make("ellipse", { rx: shape.rx * unit[0], ry: shape.ry * unit[1], transform: place }, `shape ${kind}`);
      outlines.set(point, drawn);
      plot.append(drawn);
    }
    const boxes = view.points.map(point => [across(point.x) - 5, up(point.y) - 5, across(point.x) + 5, up(point.y) + 5]);
    const labels = [];
    for (const place of view.points) {
      const { x: px, y: py, kind, row, name } = place;
      const spot = make("circle", { cx: across(px), cy: up(py), r: kind === "self" ? 6 : 4.5 }, `dot ${kind}`), tip = make("title", {});
      tip.textContent = name;
      spot.append(tip);
      const label = make("text", {}, kind), long = name.length > 26 ? name.slice(0, 25) + "…" : name;
      const point = isOn => { if (outlines.has(place)) outlines.get(place).classList.toggle("on", isOn); };
      for (const made of [spot, label]) {
        made.addEventListener("click", () => go(row));
        made.addEventListener("pointerenter", () => point(true));
        made.addEventListener("pointerleave", () => point(false));
      }
      plot.append(spot);
      label.textContent = long;
      plot.append(label);
      const length = label.getComputedTextLength(), cx = across(px), cy = up(py);
      const free = [[cx + 9, cy + 4], [cx - 9 - length, cy + 4], [cx - length / 2, cy - 9], [cx - length / 2, cy + 19]].find(([left, base]) => {
        const box = [left, base - 12, left + length, base + 3];
        return box[0] > 2 && box[2] < width - 2 && box[1] > 0 && box[3] < height - 2
          && ![...boxes, ...labels].some(b => b[0] < box[2] && box[0] < b[2] && b[1] < box[3] && box[1] < b[3]);
      });
      if (!free) { label.remove(); continue; }
      labels.push([free[0], free[1] - 12, free[0] + length, free[1] + 3]);
      label.setAttribute("x", free[0]);
      label.setAttribute("y", free[1]);
    }
    const kinds = new Set(view.points.map(point => point.kind)), legend = byId("legend");
    legend.replaceChildren();
    for (const [kind, name] of [["self", words[view.word]], ["above", "broader"], ["below", "narrower"], ["near", "near"], ["sense", "its senses"]]) {
      if (kinds.has(kind)) legend.append(element("span", name, kind));
    }
  }

  function zoom(factor, at) {
    const plot = byId("plot"), box = view.box, middle = at || [plot.clientWidth / 2, plot.clientHeight / 2];
    box.x += (middle[0] - plot.clientWidth / 2) / box.unit[0] * (1 - 1 / factor);
    box.y -= (middle[1] - plot.clientHeight / 2) / box.unit[1] * (1 - 1 / factor);
    box.unit = box.unit.map(unit => unit * factor);
    draw();
  }
  const move = (right, down) => { view.box.x -= right / view.box.unit[0]; view.box.y += down / view.box.unit[1]; draw(); };

  function show(row) {
    view.word = row;
    view.other = view.other === row ? -1 : view.other;
    document.title = `${words[row]} · ${header.title}`;
    showFacts(row); showNeighbours(); showRelations(row); showPair(); layOut();
  }

  function go(row) {
    if (addressed() === words[row]) show(row);
    else location.hash = encodeURIComponent(words[row]);
    byId("search").value = "";
    byId("heading").focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }

  /* A text as a word may be spelled: as it is, and as a phrase whose words are joined. */
  function spellings(text) {
    const asked = text.trim();
    return [...new Set([asked, asked.split(/\s+/).join(header.delimiter)])];
  }

  /* Words that begin as asked, then words that hold it. */
  function suggest(text, most) {
    const asked = spellings(text.toLowerCase()), first = [], later = [];
    if (!asked[0]) return [];
    for (let row = 0; row < lower.length && first.length < most; row++) {
      if (asked.includes(lower[row])) first.unshift(row);
      else if (asked.some(start => lower[row].startsWith(start))) first.push(row);
      else if (later.length < most && asked.some(part => lower[row].includes(part))) later.push(row);
    }
    return [...first, ...later].slice(0, most);
  }

  function lookUp(text) {
    const rows = [text, text.toLowerCase()].flatMap(each => [each, ...spellings(each)]).map(word => vectors.find(word));
    return rows.find(row => row >= 0) ?? -1;
  }

  function prepareSearch() {
    const search = byId("search"), list = byId("suggestions");
    let chosen = -1, found = [];
    const close = () => { list.hidden = true; chosen = -1; search.setAttribute("aria-expanded", "false"); search.removeAttribute("aria-activedescendant"); };
    const mark = place => {
      chosen = place;
      [...list.children].forEach((line, i) => line.setAttribute("aria-selected", String(i === place)));
      if (place >= 0) search.setAttribute("aria-activedescendant", "suggestion-" + place);
    };
    const suggested = () => suggest(search.value, 8);
    const offer = () => {
      found = suggested();
      list.replaceChildren(...found.map((row, i) => {
        const line = element("li", words[row]);
        Object.assign(line, { id: "suggestion-" + i, dir: "auto" });
        line.setAttribute("role", "option");
        line.addEventListener("mousedown", event => { event.preventDefault(); close(); go(row); });
        return line;
      }));
      close();
      if (found.length) { list.hidden = false; search.setAttribute("aria-expanded", "true"); }
    };
    search.addEventListener("input", offer);
    search.addEventListener("keydown", event => {
      if (event.key === "Escape") close();
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      if (list.hidden) offer();
      if (!found.length) return;
      mark(event.key === "ArrowDown" ? (chosen + 1) % found.length : (chosen > 0 ? chosen : found.length) - 1);
      event.preventDefault();
    });
    search.addEventListener("blur", close);
    byId("form").addEventListener("submit", event => {
      event.preventDefault();
      const exact = lookUp(search.value), [first = -1] = suggested();
      const row = chosen >= 0 ? found[chosen] : exact >= 0 ? exact : first;
      if (row >= 0) go(row);
      else byId("status").textContent = `There is no word “${search.value}” on this page.`;
      close();
    });
  }

  function prepareMap() {
    const plot = byId("plot"), held = new Map();
    plot.addEventListener("wheel", event => { event.preventDefault(); const box = plot.getBoundingClientRect(); zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, [event.clientX - box.left, event.clientY - box.top]); }, { passive: false });
    plot.addEventListener("pointerdown", event => held.set(event.pointerId, [event.clientX, event.clientY]));
    plot.addEventListener("pointermove", event => {
      const last = held.get(event.pointerId);
      if (!last) return;
      const gap = () => { const [a, b] = [...held.values()]; return Math.hypot(a[0] - b[0], a[1] - b[1]); };
      const before = held.size === 2 ? gap() : 0;
      held.set(event.pointerId, [event.clientX, event.clientY]);
      if (held.size === 2) zoom(Math.max(gap(), 1) / Math.max(before, 1));
      else move(event.clientX - last[0], event.clientY - last[1]);
    });
    for (const name of ["pointerup", "pointercancel", "pointerleave"]) plot.addEventListener(name, event => held.delete(event.pointerId));
    plot.addEventListener("keydown", event => {
      const acts = { "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: layOut, ArrowLeft: () => move(40, 0), ArrowRight: () => move(-40, 0), ArrowUp: () => move(0, 40), ArrowDown: () => move(0, -40) };
      if (acts[event.key]) { acts[event.key](); event.preventDefault(); }
    });
    byId("in").addEventListener("click", () => zoom(1.4));
    byId("out").addEventListener("click", () => zoom(1 / 1.4));
    byId("reset").addEventListener("click", layOut);
    for (const name of ["plane", "level", "number"]) byId(name).addEventListener("change", layOut);
    new ResizeObserver(() => { if (view.box) { view.box = null; draw(); } }).observe(plot);
  }

  function option(select, value, label) {
    const made = element("option", label);
    made.value = value;
    byId(select).append(made);
  }

  function prepare() {
    byId("title").textContent = header.title;
    for (const name of vectors.measures) option("measure", name, header.measures[name][0]);
    option("plane", "differ", "where they differ most");
    if (vectors.hasDensities) option("plane", "breadth", "breadth and inclusion");
    option("plane", "towards", "towards the other word");
    for (const level of Object.keys(header.arcs).sort()) option("level", level, `${100 * level} %`);
    byId("level-label").hidden = !vectors.hasDensities;
    byId("measure").addEventListener("change", () => { showNeighbours(); layOut(); });
    byId("pair").addEventListener("submit", event => {
      event.preventDefault();
      const row = lookUp(byId("other").value);
      view.other = row === view.word ? -1 : row;
      showPair(); layOut();
      if (row < 0) byId("pair-note").textContent = `There is no word “${byId("other").value}” on this page.`;
    });
    byId("random").addEventListener("click", () => go(Math.floor(Math.random() * Math.min(vectors.size, 5000))));
    const theme = byId("theme"), dress = isDark => { document.documentElement.dataset.theme = isDark ? "dark" : "light"; theme.setAttribute("aria-pressed", String(isDark)); };
    theme.addEventListener("click", () => dress(document.documentElement.dataset.theme !== "dark"));
    dress(matchMedia("(prefers-color-scheme: dark)").matches);
    window.addEventListener("hashchange", fromAddress);
    prepareSearch(); prepareMap();
    byId("main").hidden = false;
  }

  function addressed() {
    try { return decodeURIComponent(location.hash.slice(1)); } catch { return ""; /* not one of our addresses */ }
  }

  function fromAddress() {
    const row = lookUp(addressed());
    show(row >= 0 ? row : header.first);
  }

  prepare();
  fromAddress();
  return { header, vectors, view, go };
}

if (typeof document !== "undefined") window.explorer = start();
