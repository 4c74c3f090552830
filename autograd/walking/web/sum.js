// The whole sum that is one value's gradient, done and still to come: of the box that was chosen, or
// else of the value that the current step pushes to.
const LISTED = 24;

const addSum = (page) => {
  const { graph, nodes, part } = page;
  let chosen = null;
  page.chosenItem = () => (chosen === null || !page.itemOf ? -1 : page.itemOf[chosen]);
  page.choose = (i, keep = false) => {
    chosen = chosen === i && !keep ? null : i;
    page.refresh();
    show();
  };
  const line = (text, kind = "") => part("sum").append(html("p", kind ? { class: kind } : {}, text));
  const listed = (all, more) => (all.length <= LISTED ? all : [...all.slice(0, LISTED), more]);
  const folding = (i) => {
    for (const fold of page.foldsAround(i).filter((f) => page.opened.has(f))) {
      const button = html("button", { type: "button" }, page.say("close_fold", { name: page.foldName(fold) }));
      button.addEventListener("click", () => {
        page.opened.delete(fold);
        page.refold(i);
        show();
        page.focusBox(page.itemOf[i]);
      });
      part("sum").append(button);
    }
  };
  const factor = (name) => (/^[\p{L}_][\p{L}\p{N}_.]*$/u.test(name) ? name : `(${name})`); // ∂(* #4)
  const terms = (i) => {
    const { tape, place } = page, name = factor(nodes[i].name), out = factor(nodes[graph.output].name);
    const mine = tape.steps.filter((s) => s.operand === i);
    if (i === graph.output) line(page.say("begins", { out }));
    if (!mine.length) return;
    const through = mine.map((s) => `∂${out}/∂${factor(nodes[s.node].name)} · ∂${factor(nodes[s.node].name)}/∂${name}`);
    line(`∂${out}/∂${name} = ${listed(through, "…").join(" + ")}`, "formula");
    const hides = (s) => page.hidesLocal(s.k);
    for (const s of mine.slice(0, LISTED)) {
      const result = hides(s) ? "= ?" : equal(seen(s.upstream) * seen(s.local), s.contribution);
      line(
        page.say("through", { name: nodes[s.node].name, k: s.k + 1 }) +
          ` ${hides(s) ? "…" : `${signed(s.upstream)} · ${signed(s.local)}`} ${result}` + (s.k < place ? "" : `   ${page.say("to_come")}`),
        s.k < place ? "" : "waiting",
      );
    }
    if (mine.length > LISTED) line(page.say("more", { count: mine.length - LISTED }), "waiting");
    if (mine.some(hides)) return;
    const earlier = tape.begin[i] !== 0 && i !== graph.output ? [tape.begin[i]] : [];
    if (mine.length + earlier.length < 2) return; // the line above says it
    const numbers = [...earlier, ...mine.map((s) => s.contribution)], total = mine[mine.length - 1].after;
    const texts = numbers.map((x, k) => (k || !earlier.length ? signed(x) : page.say("from_before", { number: shown(x) })));
    line(`= ${listed(texts, "…").join(" + ")} ${equal(numbers.reduce((sum, x) => sum + seen(x), 0), total)}`, "total");
  };
  const show = () => {
    const step = page.current(), i = chosen ?? (step ? step.operand : graph.output);
    part("sum").replaceChildren();
    part("sum-of").textContent = page.say("sum_of", { name: nodes[i].name });
    part("sum-hint").hidden = chosen !== null;
    if (nodes[i].kind === "constant") line(page.say("no_gradient", { name: nodes[i].name }));
    else terms(i);
    if (chosen !== null) folding(i);
  };
  page.shows.push(show);
};
