// The graph as SVG boxes and edges.  They are made anew when folds open or close; a step touches
// only those that it changes.
const WIDTH = 142, HEIGHT = 68, COLUMN = 200, ROW = 82, MARGIN = 20, LARGE = 300, LONG = 8, PIECE = 48;

const addPicture = (page) => {
  const { root, part, nodes, graph } = page;
  const svg = element("svg", { role: "group", "aria-label": page.say("graph_of", { count: nodes.length }) });
  part("graph").append(svg);
  const view = (page.view = makeView(page, svg));
  let edges = [], trunks = [];
  page.boxes = [];
  const layers = { edges: element("g"), boxes: element("g"), labels: element("g") };
  svg.append(layers.edges, layers.boxes, layers.labels);

  page.rebuild = () => {
    const { items, itemOf } = page.items();
    const links = linksOf(graph, itemOf, items);
    const operands = items.map(() => []);
    for (const link of links) operands[link.user].push(link.operand);
    const places = layOut(operands, itemOf[graph.output]);
    const [, deepest] = span(places.map((p) => p.column));
    const [top, low] = span(places.flatMap((p) => [p.row, ...p.way]));
    view.size.width = 2 * MARGIN + deepest * COLUMN + WIDTH;
    view.size.height = 2 * MARGIN + (low - top) * ROW + HEIGHT;
    const yOf = (row) => MARGIN + (row - top) * ROW;
    page.itemOf = itemOf;
    page.boxes = items.map((item, i) => ({
      ...item, ...places[i], x: MARGIN + places[i].column * COLUMN, y: yOf(places[i].row), state: null,
    }));
    edges = links.map((link) => makeEdge(link, page.boxes, yOf));
    page.boxes.forEach((box) => makeBox(page, box));
    trunks = page.boxes.filter((box) => box.way.length >= LONG).flatMap((box) => makeTrunks(box, yOf));
    for (const name in layers) layers[name].replaceChildren();
    for (const edge of [...trunks, ...edges]) Object.assign(edge, { layer: "edges", isSeen: false });
    for (const box of page.boxes) Object.assign(box, { layer: "boxes", isSeen: false });
    page.neighbours = links;
  };
  // Of a large graph only what is in view is painted: a step is to cost no more than in a small one.
  view.moved = (left, top, right, low) => {
    const isSmall = page.boxes.length < LARGE;
    const show = (made, isSeen) => {
      if (made.isSeen === (isSeen ||= isSmall)) return;
      made.isSeen = isSeen;
      if (!isSeen) [made.drawn, made.label].forEach((piece) => piece?.remove());
      else layers[made.layer].append(made.drawn);
      if (isSeen && made.label) layers.labels.append(made.label);
    };
    for (const b of page.boxes) {
      const isSeen = b.x < right && b.x + WIDTH > left && b.y < low && b.y + HEIGHT > top;
      show(b, isSeen || b.drawn.getAttribute("tabindex") === "0"); // Tab must find its one stop
    }
    for (const e of [...trunks, ...edges]) show(e, e.left < right && e.right > left && e.top < low && e.low > top);
  };
  page.reveal = (...indices) => {
    const wanted = indices.map((i) => page.boxes[i]);
    const [left, right] = span(wanted.map((b) => b.x)), [top, low] = span(wanted.map((b) => b.y));
    // of two boxes too far apart, the first: it is where the walk stands
    if (indices.length > 1 && !view.hasRoomFor(right - left + WIDTH, low - top + HEIGHT)) return page.reveal(indices[0]);
    view.reveal(left - 6, top - 6, right + WIDTH + 6, low + HEIGHT + 6);
  };
  page.refresh = () => {
    const step = page.current(), shade = shadesOf(page);
    const lit = step ? [page.itemOf[step.node], page.itemOf[step.operand]] : [];
    page.boxes.forEach((box, i) => showBox(page, box, lit.includes(i), i === page.chosenItem(), shade));
    for (const edge of edges) showEdge(page, edge, step ? step.k : -1, shade);
    return lit;
  };
  page.shows.push(() => {
    const lit = page.refresh();
    if (lit.length) page.reveal(...lit);
  });
  page.refold = (keep) => {
    page.rebuild();
    page.showNotice();
    page.refresh();
    view.resized();
    if (keep !== undefined) page.reveal(page.itemOf[keep]);
  };
  svg.addEventListener("click", (event) => {
    const edge = event.target.closest("[data-steps]");
    if (edge && page.answerEdge) page.answerEdge(edge.dataset.steps.split(" ").map(Number));
    const box = event.target.closest("[data-item]");
    if (box) page.act(page.boxes.find((b) => b.drawn === box));
  });
  new ResizeObserver(() => view.resized()).observe(part("graph"));
  addTools(page, view);
  page.rebuild();
  view.open(page.boxes[page.itemOf[graph.output]]);
  root.dataset.values = nodes.length;
};

// Edges between boxes: [user, operand] with the steps that run along each.  Between two values each
// step has an edge of its own, between folds they share one; a constant's edges have no step.
const linksOf = (graph, itemOf, items) => {
  const links = new Map();
  const add = (node, operand, k) => {
    const user = itemOf[node], from = itemOf[operand];
    if (user === from) return;
    const isSingle = items[user].fold === undefined && items[from].fold === undefined;
    const pair = `${user} ${from}`, key = isSingle && k !== null ? `${pair} ${k}` : pair;
    if (!links.has(key)) links.set(key, { user, operand: from, steps: [], isSingle, kind: graph.nodes[operand].kind });
    if (k !== null) links.get(key).steps.push(k);
  };
  graph.nodes.forEach((node, i) => {
    for (const operand of node.operands) if (graph.nodes[operand].kind === "constant") add(i, operand, null);
  });
  graph.steps.forEach(([node, operand], k) => add(node, operand, k));
  const all = [...links.values()], arriving = new Map();
  for (const link of all) arriving.set(link.user, [...(arriving.get(link.user) || []), link]);
  for (const list of arriving.values()) {
    list.forEach((link, j) => {
      const twins = list.filter((other) => other.operand === link.operand); // x * x: two edges
      const bend = (twins.indexOf(link) - (twins.length - 1) / 2) * Math.min(22, HEIGHT / twins.length);
      Object.assign(link, { rank: j, among: list.length, bend });
    });
  }
  return all;
};

// Through these rows, one in each column from that of box a on; from column number `first` on.
const pathThrough = (a, ys, first, start) => {
  let at = start, d = `M${a.x + first * COLUMN + WIDTH} ${at}`, top = at, low = at, half;
  for (let k = first; k < ys.length; k++) {
    const left = a.x + k * COLUMN + WIDTH, right = left + COLUMN - WIDTH, to = ys[k];
    half = (left + right) / 2;
    d += `C${half} ${at} ${half} ${to} ${right} ${to}`;
    if (k < ys.length - 1) d += `H${right + WIDTH}`;
    [top, low] = [Math.min(top, to), Math.max(low, to)];
    if (k < ys.length - 1) at = to;
  }
  return { d, top, low, middle: [half, (at + ys[ys.length - 1]) / 2] };
};

const makeEdge = (link, boxes, yOf) => {
  const a = boxes[link.operand], b = boxes[link.user], hops = b.column - a.column;
  // each arrives at a height of its own, and passes through the places kept free for it
  const arrival = link.bend || (link.rank - (link.among - 1) / 2) * Math.min(12, (HEIGHT - 16) / link.among);
  const end = b.y + HEIGHT / 2 + arrival, from = a.y + HEIGHT / 2 + link.bend;
  const rows = () => [...a.way.slice(0, hops - 1).map((row) => yOf(row) + HEIGHT / 2), end];
  const isLong = hops > LONG;
  const path = hops < 1 ? backwards(a, b, from, end)
    : isLong ? pathThrough(a, [...Array(hops - 1), end], hops - 1, yOf(a.way[hops - 2]) + HEIGHT / 2)
      : pathThrough(a, rows(), 0, from);
  const drawn = element("g", { class: "edge", "data-from": link.kind });
  const line = element("path", { d: path.d });
  drawn.append(line);
  if (link.steps.length) {
    drawn.dataset.steps = link.steps.join(" ");
    drawn.append(element("path", { d: path.d, class: "hit" }));
  }
  const label = element("text", { class: "local", x: path.middle[0], y: path.middle[1] + 4, "aria-hidden": "true" });
  const whole = () => (isLong && hops < 2 * PIECE ? pathThrough(a, rows(), 0, from).d : path.d);
  const [left, right] = [isLong ? b.x - COLUMN : Math.min(a.x, b.x), Math.max(a.x, b.x) + WIDTH];
  return { ...link, drawn, line, label, left, right, top: path.top - 20, low: path.low + 20, short: path.d, whole, state: null };
};

// An edge that closes a circle of folds.
const backwards = (a, b, from, end) => ({
  d: `M${a.x + WIDTH} ${from}C${a.x + COLUMN} ${from} ${b.x - COLUMN + WIDTH} ${end} ${b.x} ${end}`,
  top: Math.min(from, end), low: Math.max(from, end), middle: [(a.x + b.x + WIDTH) / 2, (from + end) / 2],
});

// The common way of one box's long edges, drawn once, in pieces of which only those in view are
// painted: two thousand long edges would be a million curves.
const makeTrunks = (box, yOf) => {
  const rows = box.way.map((row) => yOf(row) + HEIGHT / 2), pieces = [];
  for (let k = 0; k < rows.length; k += PIECE) {
    const path = pathThrough(box, rows.slice(0, k + PIECE), k, k ? rows[k - 1] : box.y + HEIGHT / 2);
    const drawn = element("g", { class: "edge" }), left = box.x + k * COLUMN;
    drawn.append(element("path", { d: path.d }));
    pieces.push({ drawn, left, right: left + (PIECE + 1) * COLUMN, top: path.top - 5, low: path.low + 5 });
  }
  return pieces;
};

const makeBox = (page, box) => {
  const { nodes, texts } = page, node = nodes[box.values[0]], isFold = box.fold !== undefined;
  const name = isFold ? page.foldName(box.fold) : node.name;
  const drawn = element("g", {
    class: isFold ? `fold ${page.graph.folds[box.fold].kind}` : node.kind,
    transform: `translate(${box.x} ${box.y})`, "data-item": box.key, tabindex: -1, role: "button",
  });
  if (!isFold) drawn.dataset.node = box.values[0];
  const source = isFold ? "" : texts[node.source];
  drawn.append(element("title", {}, name + (source ? "\n" + source : "")));
  if (isFold) drawn.append(element("rect", { class: "behind", x: 5, y: 5, width: WIDTH, height: HEIGHT, rx: 8 }));
  drawn.append(element("rect", { width: WIDTH, height: HEIGHT, rx: 9 }));
  const line = (kind, x, y, text = "") => drawn.appendChild(element("text", { class: kind, x, y }, text));
  const operation = isFold || node.name.startsWith(`${node.op} #`) ? "" : node.op;
  const hasRoom = name.length + operation.length < 15; // for both on one line
  line("name", 10, 21, cut(name, isFold ? 13 : hasRoom ? 15 : 16));
  box.data = line("data", 10, 40);
  if (isFold) line("op", WIDTH - 10, 22, "+");
  else if (operation) line("op", WIDTH - 10, hasRoom ? 21 : 40, cut(operation, hasRoom ? 14 : 7));
  box.grad = line("grad", 10, 58);
  Object.assign(box, { drawn, name, operation });
};

const showBox = (page, box, isLit, isChosen, shade) => {
  const isFold = box.fold !== undefined, [first] = box.values;
  const gradient = isFold ? typical(page, box.values) : page.gradients[first];
  const isReached = box.values.some((i) => page.reached.has(i));
  const state = `${page.frameNumber} ${gradient} ${isLit} ${isChosen} ${isReached}`;
  if (box.state === state) return;
  box.state = state;
  const isConstant = box.values.every((i) => page.nodes[i].kind === "constant");
  const data = isFold
    ? page.say("values", { count: box.values.length })
    : page.say("data", { number: shown(Number(page.frame.data[first])) });
  const number = shown(gradient);
  const grad = isConstant ? page.say("constant") : page.say(isFold ? "typical" : "grad", { number });
  box.data.textContent = data;
  box.grad.textContent = grad;
  const share = isReached && !isConstant ? shade(gradient) : 0;
  box.drawn.style.setProperty("--shade", `${Math.round(Math.abs(share) * 100)}%`);
  const marks = { reached: isReached, lit: isLit, chosen: isChosen, positive: share > 0, negative: share < 0 };
  for (const mark in marks) box.drawn.classList.toggle(mark, marks[mark]);
  box.drawn.dataset.gradient = String(gradient);
  box.drawn.setAttribute("aria-label", [box.name, data, box.operation, grad].filter(Boolean).join(" "));
};

// The root mean square, as in pictures; of the leaves, if there are any: they learn.
const typical = (page, values) => {
  const moving = values.filter((i) => page.nodes[i].kind !== "constant");
  const leaves = moving.filter((i) => page.nodes[i].kind === "leaf");
  const sizes = (leaves.length ? leaves : moving).map((i) => page.gradients[i]);
  return sizes.length ? Math.hypot(...sizes) / Math.sqrt(sizes.length) : 0;
};

const showEdge = (page, edge, current, shade) => {
  const isLit = edge.steps.includes(current);
  const last = edge.steps.filter((k) => k < page.place);
  const carried = last.length ? page.tape.steps[last[last.length - 1]].contribution : 0;
  const hides = page.hidesLocal(isLit ? current : edge.steps[0]);
  const state = `${page.frameNumber} ${isLit} ${last.length} ${hides}`;
  if (edge.state === state) return;
  if (edge.isLit !== isLit) edge.line.setAttribute("d", isLit ? edge.whole() : edge.short);
  Object.assign(edge, { state, isLit });
  const share = shade(carried);
  edge.line.style.setProperty("--shade", `${Math.round(Math.sqrt(Math.abs(share)) * 100)}%`);
  edge.line.style.setProperty("--width", (1.3 + 2 * Math.abs(share)).toFixed(2));
  const marks = { lit: isLit, positive: share > 0, negative: share < 0 };
  for (const mark in marks) edge.drawn.classList.toggle(mark, marks[mark]);
  edge.label.classList.toggle("lit", isLit);
  const k = isLit ? current : edge.steps.length === 1 && edge.isSingle ? edge.steps[0] : null;
  edge.label.textContent = k === null ? "" : hides ? "?" : shown(page.tape.steps[k].local);
};

// From a gradient to a shade between -1 and 1, as pictures do: linear, or logarithmic over a wide range.
const shadesOf = (page) => {
  if (page.shading?.frame === page.frame) return page.shading.shade;
  const ends = page.tape.ends.map(Math.abs).filter((x) => x > 0 && Number.isFinite(x));
  const [smallest, largest] = span(ends);
  const isWide = largest > 1e3 * smallest, decades = Math.min(12, Math.log10(largest / smallest));
  const shade = (x) => {
    if (!ends.length || !x) return 0;
    let size = Math.min(1, Math.abs(x) / largest);
    if (isWide) size = Math.max(0.05, 1 + Math.log10(size) / (decades + 1));
    return Math.sign(x) * size;
  };
  page.shading = { frame: page.frame, shade, largest: ends.length ? largest : 0, isWide };
  return shade;
};
