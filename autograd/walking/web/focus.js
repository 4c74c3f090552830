// Buttons above the picture, and the keyboard in it: one tab stop, arrows from box to box.
const addTools = (page, view) => {
  const { root, part, graph } = page;
  const tools = {
    fit: view.fit, closer: () => view.zoom(1.25), farther: () => view.zoom(0.8),
    expand: () => {
      graph.folds.forEach((_, fold) => page.opened.add(fold));
      page.refold();
      if (!view.isFitted) view.open(page.boxes[page.itemOf[graph.output]]);
    },
    collapse: () => {
      page.opened.clear();
      page.refold();
      view.open(page.boxes[page.itemOf[graph.output]]);
    },
  };
  for (const name in tools) root.querySelectorAll(`[data-do="${name}"]`).forEach((b) => b.addEventListener("click", tools[name]));
  page.tools = tools;
  page.showNotice = () => {
    const isMany = page.nodes.length >= MANY, hasGroups = isMany || graph.folds.some((f) => f.kind === "group");
    const isClosed = graph.folds.some((_, fold) => !page.opened.has(fold));
    root.querySelector('.tools [data-do="expand"]').hidden = !isClosed || isMany; // else the notice has it
    root.querySelector('.tools [data-do="collapse"]').hidden = !page.opened.size || !hasGroups;
    part("notice").hidden = !(isMany && isClosed);
    part("notice-text").textContent = page.say("collapsed", { count: page.nodes.length });
  };
  addRoving(page);
  page.showNotice();
};

const addRoving = (page) => {
  const { part, graph } = page, pane = part("graph");
  const focused = () => page.boxes.findIndex((box) => box.drawn === document.activeElement);
  let reached; // the one box that Tab finds
  const stop = (i) => {
    reached?.setAttribute("tabindex", -1);
    reached = page.boxes[i].drawn;
    reached.setAttribute("tabindex", 0);
  };
  page.focusBox = (i) => {
    stop(i);
    page.reveal(i);
    page.boxes[i].drawn.focus({ preventScroll: true });
  };
  // A box was clicked, or Enter or Space pressed on it: a fold opens, a value tells its sum.
  page.act = (box) => {
    if (box.fold === undefined) return page.choose(box.values[0]);
    const hadFocus = box.drawn === document.activeElement;
    page.opened.add(box.fold);
    page.refold(box.values[0]);
    if (hadFocus) page.focusBox(page.itemOf[box.values[0]]);
  };
  const closest = (candidates, here) => {
    const far = (i) => Math.hypot(page.boxes[i].x - here.x, page.boxes[i].y - here.y);
    return candidates.sort((i, j) => far(i) - far(j))[0];
  };
  const towards = {
    ArrowLeft: (i) => page.neighbours.filter((l) => l.user === i).map((l) => l.operand),
    ArrowRight: (i) => page.neighbours.filter((l) => l.operand === i).map((l) => l.user),
    ArrowUp: (i) => [...page.boxes.keys()].filter((j) => page.boxes[j].column === page.boxes[i].column && page.boxes[j].y < page.boxes[i].y),
    ArrowDown: (i) => [...page.boxes.keys()].filter((j) => page.boxes[j].column === page.boxes[i].column && page.boxes[j].y > page.boxes[i].y),
  };
  pane.addEventListener("focusin", () => focused() >= 0 && page.reveal(focused()));
  pane.addEventListener("keydown", (event) => {
    const i = focused();
    if (i < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") page.act(page.boxes[i]);
    else if (event.key === "Escape") page.root.focus({ preventScroll: true });
    else if (event.shiftKey || !(event.key in towards)) return;
    else {
      const next = closest(towards[event.key](i), page.boxes[i]);
      if (next !== undefined) page.focusBox(next);
    }
    event.preventDefault();
    event.stopPropagation();
  });
  const rebuild = page.rebuild;
  page.rebuild = () => {
    rebuild();
    stop(page.itemOf[graph.output]);
  };
};
