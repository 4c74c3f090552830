// All steps as a table: for reading on the screen, for screen readers, and for paper.
const addTable = (page) => {
  const { part, nodes } = page, all = part("all");
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
  let wasOpen = false;
  window.addEventListener("beforeprint", () => {
    wasOpen = all.open;
    fill();
    all.open = true;
    page.view.print(true);
  });
  window.addEventListener("afterprint", () => {
    all.open = wasOpen;
    page.view.print(false);
  });
};
