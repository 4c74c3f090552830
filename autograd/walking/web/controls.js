// Buttons, slider and keys that move the walk.
const addControls = (page) => {
  const { root, part } = page;
  const button = (name) => root.querySelector(`[data-do="${name}"]`);
  const total = () => page.tape.steps.length;
  let playing = null;
  const stop = () => {
    clearInterval(playing);
    playing = null;
    button("play").textContent = "Play";
    button("play").setAttribute("aria-pressed", "false");
  };
  const play = () => {
    if (playing !== null) return stop();
    if (page.place === total()) page.goto(0);
    button("play").textContent = "Pause";
    button("play").setAttribute("aria-pressed", "true");
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
  page.shows.push(() => {
    part("place").textContent = `${page.place} / ${total()}`;
    part("slider").max = total();
    part("slider").value = page.place;
    part("slider").setAttribute("aria-valuetext", `step ${page.place} of ${total()}`);
    for (const name of ["start", "back"]) button(name).disabled = page.place === 0;
    for (const name of ["next", "end"]) button(name).disabled = page.place === total();
  });
  const keys = { ArrowRight: "next", ArrowLeft: "back", Home: "start", End: "end", " ": "play" };
  const alone = document.querySelectorAll(".stepgrad-walk").length === 1;
  (alone ? document : root).addEventListener("keydown", (event) => {
    const tag = event.target.tagName;
    if (tag === "INPUT" || (tag === "BUTTON" && event.key === " ")) return;
    if (event.ctrlKey || event.altKey || event.metaKey || !(event.key in keys)) return;
    event.preventDefault();
    actions[keys[event.key]]();
  });
};
