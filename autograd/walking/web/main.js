// Each <main class="stepgrad-walk"> becomes a page of its own: its state, and the parts that read it.
//
// page.graph     the document that page.py wrote      page.say(name, places)   a text of strings.json
// page.frame, page.tape   one pass: its numbers       page.use(frame)   takes another's (then goto)
// page.place     how many steps are done              page.goto(k)      moves the walk
// page.gradients, page.reached   every value's gradient there, and which have one
// page.moves     called when the walk moves, before it is shown
// page.shows     called with the current step (or none) whenever what is to be seen has changed
const start = (root) => {
  const parts = new Map([...root.querySelectorAll("[data-part]")].map((made) => [made.dataset.part, made]));
  const part = (name) => parts.get(name);
  const graph = JSON.parse(part("data").textContent);
  const page = { root, part, graph, nodes: graph.nodes, texts: graph.texts, place: 0, frameNumber: 0, shows: [], moves: [] };
  page.say = (name, places = {}) => graph.strings[name].replace(/\{(\w+)\}/g, (_, key) => places[key]);
  page.use = (frame) => {
    page.frame = frame;
    page.frameNumber += 1;
    page.tape = tapeOf(graph, frame);
  };
  page.current = () => {
    if (page.asks() === "edge") return undefined;
    return page.tape.steps[page.practising() ? page.place : page.place - 1];
  };
  page.goto = (k, remember = true, isSamePlace = false) => {
    page.place = Math.max(0, Math.min(page.tape.steps.length, Math.round(k) || 0));
    page.gradients = gradientsAt(page.tape, page.place);
    page.reached = new Set([graph.output, ...page.tape.steps.slice(0, page.place).map((s) => s.operand)]);
    root.dataset.place = page.place;
    for (const move of page.moves) move(isSamePlace);
    for (const show of page.shows) show(page.current());
    if (!remember) return;
    try {
      history.replaceState(null, "", `#${page.place}`);
    } catch (error) { /* a page inside a sandbox has no address */ }
  };
  page.use(graph.frames[0]);
  for (const add of [addFolds, addPicture, addLegend, addSearch, addPractice, addEquation, addSum, addTable, addControls]) add(page);
  if (graph.training) addTraining(page);
  const hash = () => (/^#\d+$/.test(location.hash) ? Number(location.hash.slice(1)) : graph.place);
  window.addEventListener("hashchange", () => page.goto(hash(), false));
  page.goto(hash(), false);
};

for (const root of document.querySelectorAll(".stepgrad-walk:not([data-started])")) {
  root.dataset.started = "";
  start(root);
}
