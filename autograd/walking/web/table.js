// All steps as a table: for reading on the screen, for screen readers, and for paper.
const addTable = (page) => {
  const { part, nodes, root } = page, all = part("all");
  const fill = () => {
    const table = part("steps");
    table.replaceChildren();
    const row = (cells, kind) => {
      const made = html("tr");
      for (const cell of cells) made.append(html(kind, kind === "th" ? { scope: "col" } : {}, cell));
      return made;
    };
    const head = ["step_number", "from", "to", "local", "upstream", "adds", "after"].map((key) => page.say(`column_${key}`));
    const rows = page.tape.steps.map((s) => row(
      [String(s.k + 1), nodes[s.node].name, nodes[s.operand].name, shown(s.local), shown(s.upstream), shown(s.contribution), shown(s.after)], "td"));
    const made = [html("thead"), html("tbody")];
    made[0].append(row(head, "th"));
    made[1].append(...rows);
    table.append(html("caption", {}, page.say("all_steps")), ...made);
  };
  all.addEventListener("toggle", () => all.open && fill());
  page.shows.push(() => {
    all.hidden = page.practising(); // it would tell
    if (all.open && page.tabled !== page.frame) fill();
    page.tabled = page.frame;
  });
  let was = null;
  window.addEventListener("beforeprint", () => {
    was = { open: all.open, viewBox: root.querySelector(".graph svg").getAttribute("viewBox") };
    fill();
    all.open = true;
    const { width, height } = page.view.size;
    root.querySelector(".graph svg").setAttribute("viewBox", `0 0 ${width} ${height}`);
  });
  window.addEventListener("afterprint", () => {
    if (!was) return;
    all.open = was.open;
    root.querySelector(".graph svg").setAttribute("viewBox", was.viewBox);
  });
};
