// Buttons, slider and keys that move the walk.
const addControls = (page) => {
  const { root, part, view } = page;
  const buttons = new Map([...root.querySelectorAll(".controls [data-do]")].map((made) => [made.dataset.do, made]));
  const button = (name) => buttons.get(name);
  const total = () => page.tape.steps.length;
  let playing = null;
  const showPlay = (name) => {
    button("play").textContent = page.say(name);
    button("play").setAttribute("aria-pressed", String(name === "pause"));
  };
  const stop = () => {
    clearInterval(playing);
    playing = null;
    showPlay("play");
  };
  const play = () => {
    if (playing !== null) return stop();
    if (page.place === total()) page.goto(0);
    showPlay("pause");
    playing = setInterval(() => {
      if (page.place < total() && !page.practising()) page.goto(page.place + 1);
      else stop();
    }, 900);
  };
  const actions = {
    start: () => page.goto(0), end: () => page.goto(total()),
    back: () => page.goto(page.place - 1), next: () => page.goto(page.place + 1), play,
  };
  for (const name in actions) button(name).addEventListener("click", actions[name]);
  part("slider").addEventListener("input", (event) => page.goto(Number(event.target.value)));
  // A button that switches itself off would drop the focus: it goes to its counterpart.
  const enable = (names, isOn, other) => {
    const hadFocus = names.map(button).includes(document.activeElement);
    for (const name of names) button(name).disabled = !isOn;
    if (hadFocus && !isOn) button(other).focus();
  };
  page.shows.push(() => {
    part("place").textContent = `${page.place} / ${total()}`;
    part("slider").max = total();
    part("slider").value = page.place;
    part("slider").setAttribute("aria-valuetext", page.say("step_of", { k: page.place, count: total() }));
    for (const name of ["start", "back", "next", "end"]) if (total()) button(name).disabled = false;
    if (page.place === 0) enable(["start", "back"], false, "next");
    if (page.place === total()) enable(["next", "end"], false, "back");
  });
  const keys = { ArrowRight: "next", ArrowLeft: "back", Home: "start", End: "end", " ": "play" };
  const looks = { "+": page.tools.closer, "=": page.tools.closer, "-": page.tools.farther, 0: page.tools.fit };
  const shifts = { ArrowRight: [-80, 0], ArrowLeft: [80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] };
  // Whether this element needs the key itself.
  const needs = (target, key) => {
    if (target.tagName === "SUMMARY" || target.tagName === "A") return key === " ";
    if (target.tagName === "BUTTON" || target.type === "checkbox") return key === " ";
    if (target.tagName !== "INPUT") return target.isContentEditable;
    if (target.type === "range") return key !== " ";
    return !(target === part("answer") && target.value === "" && key.startsWith("Arrow"));
  };
  const alone = document.querySelectorAll(".stepgrad-walk").length === 1;
  (alone ? document : root).addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || needs(event.target, event.key)) return;
    if (event.shiftKey && event.key in shifts) view.pan(...shifts[event.key]);
    else if (event.key in looks) looks[event.key]();
    else if (event.key in keys) actions[keys[event.key]]();
    else return;
    event.preventDefault();
  });
};
