// Each <main class="stepgrad-walk"> becomes a page of its own: its state, and the parts that read it.
//
// page.graph     the document that page.py wrote      page.frame, page.tape   one pass: its numbers
// page.place     how many steps are done              page.gradients          every value's, there
// page.shows     called with the current step (or none) whenever what is to be seen has changed
// page.moves     called when the walk moves, before it is shown
// page.goto(k)   moves the walk     page.use(frame)   takes another pass's numbers (then goto)
const start = (root) => {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const graph = JSON.parse(part("data").textContent);
  const page = { root, part, graph, nodes: graph.nodes, texts: graph.texts, place: 0, shows: [], moves: [] };
  page.use = (frame) => {
    page.frame = frame;
    page.tape = tapeOf(graph, frame);
  };
  page.current = () => page.tape.steps[page.practising() ? page.place : page.place - 1];
  page.goto = (k, remember = true) => {
    page.place = Math.max(0, Math.min(page.tape.steps.length, Math.round(k) || 0));
    page.gradients = gradientsAt(page.tape, page.place);
    root.dataset.place = page.place;
    for (const move of page.moves) move();
    for (const show of page.shows) show(page.current());
    if (!remember) return;
    try {
      history.replaceState(null, "", `#${page.place}`);
    } catch (error) { /* a page inside a sandbox has no address */ }
  };
  page.use(graph.frames[0]);
  for (const add of [addPicture, addEquation, addSum, addPractice, addControls]) add(page);
  if (graph.training) addTraining(page);
  const hash = () => (/^#\d+$/.test(location.hash) ? Number(location.hash.slice(1)) : graph.place);
  window.addEventListener("hashchange", () => page.goto(hash(), false));
  page.goto(hash(), false);
};

for (const root of document.querySelectorAll(".stepgrad-walk:not([data-started])")) {
  root.dataset.started = "";
  start(root);
}
