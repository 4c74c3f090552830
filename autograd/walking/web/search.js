// Find a value by its name: typing shows it, ArrowDown the next one, Enter moves the focus there.
const addSearch = (page) => {
  const { part, nodes } = page, box = part("search");
  let found = [], at = 0;
  const show = () => {
    part("found").textContent = !box.value.trim() ? ""
      : found.length ? page.say("found", { k: at + 1, count: found.length }) : page.say("not_found");
    if (!found.length) return;
    if (page.openTo(found[at])) page.refold(found[at]);
    page.choose(found[at], true);
    page.reveal(page.itemOf[found[at]]);
  };
  const look = () => {
    const text = box.value.trim().toLowerCase();
    const names = nodes.map((n) => n.name.toLowerCase());
    const rank = (i) => (names[i] === text ? 0 : names[i].startsWith(text) ? 1 : 2);
    const order = (i, j) => rank(i) - rank(j) || names[i].localeCompare(names[j], undefined, { numeric: true });
    found = text ? [...nodes.keys()].filter((i) => names[i].includes(text)).sort(order) : [];
    at = 0;
    show();
  };
  box.addEventListener("input", look);
  box.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && found.length) {
      at = (at + steps[event.key] + found.length) % found.length;
      show();
    } else if (event.key === "Enter" && found.length) page.focusBox(page.itemOf[found[at]]);
    else return;
    event.preventDefault();
  });
};
