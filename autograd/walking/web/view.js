// Which part of the picture is seen: fit, zoom and pan by buttons, keys, wheel, mouse and fingers.
const READABLE = 0.58, NEAR = 0.8, CLOSEST = 4, FARTHEST = 0.001, FAR = 0.45, TINY = 0.16;

const makeView = (page, svg) => {
  const view = { x: 0, y: 0, scale: 1, isFitted: true, size: { width: 1, height: 1 }, moved: () => {} };
  let room = { width: 800, height: 400 };
  view.measure = () => { // asked for once a size, for it makes the browser lay out the whole page
    room = { width: svg.clientWidth || 800, height: svg.clientHeight || 400 };
  };
  view.measure();
  const apply = () => {
    const { width, height } = room;
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${width / view.scale} ${height / view.scale}`);
    svg.classList.toggle("far", view.scale < FAR);
    svg.classList.toggle("tiny", view.scale < TINY);
    svg.dataset.scale = view.scale.toPrecision(4);
    view.moved(view.x, view.y, view.x + width / view.scale, view.y + height / view.scale);
  };
  const centre = (x, y) => {
    const { width, height } = room;
    view.x = x - width / view.scale / 2;
    view.y = y - height / view.scale / 2;
    apply();
  };
  const whole = () => Math.min(room.width / view.size.width, room.height / view.size.height, 1.5);
  view.fit = () => {
    view.isFitted = true;
    view.scale = whole();
    centre(view.size.width / 2, view.size.height / 2);
  };
  // The whole graph where it can be read, else its output, at the right edge.
  view.open = (output) => {
    if (whole() >= READABLE) return view.fit();
    view.isFitted = false;
    view.scale = NEAR;
    centre(view.size.width - room.width / NEAR / 2, output.y);
  };
  view.zoom = (factor, clientX, clientY) => {
    const pane = svg.getBoundingClientRect();
    const dx = (clientX ?? pane.left + pane.width / 2) - pane.left;
    const dy = (clientY ?? pane.top + pane.height / 2) - pane.top;
    const scale = Math.min(CLOSEST, Math.max(FARTHEST, view.scale * factor));
    view.x += dx / view.scale - dx / scale;
    view.y += dy / view.scale - dy / scale;
    view.scale = scale;
    view.isFitted = false;
    apply();
  };
  view.pan = (dx, dy) => {
    view.x -= dx / view.scale;
    view.y -= dy / view.scale;
    view.isFitted = false;
    apply();
  };
  view.hasRoomFor = (width, height) => width <= room.width / view.scale && height <= room.height / view.scale;
  // Move as little as shows this rectangle; nothing if it is seen already.
  view.reveal = (left, top, right, bottom) => {
    const width = room.width / view.scale, height = room.height / view.scale;
    const toward = (at, size, low, high) => {
      if (low >= at && high <= at + size) return at;
      return high - low > size ? (low + high) / 2 - size / 2 : low < at ? low - size * 0.08 : high - size * 0.92;
    };
    const x = toward(view.x, width, left, right), y = toward(view.y, height, top, bottom);
    if (x === view.x && y === view.y) return;
    [view.x, view.y, view.isFitted] = [x, y, false];
    apply();
  };
  let isPrinting = false; // paper shows the whole graph, whatever the screen shows
  view.print = (isOn) => {
    isPrinting = isOn;
    if (!isOn) return view.resized();
    view.moved(-Infinity, -Infinity, Infinity, Infinity);
    svg.setAttribute("viewBox", `0 0 ${view.size.width} ${view.size.height}`);
  };
  view.resized = () => {
    if (isPrinting) return;
    view.measure();
    if (view.isFitted) view.fit();
    else apply();
  };
  addGestures(page, svg, view);
  return view;
};

const addGestures = (page, svg, view) => {
  const fingers = new Map();
  let moved = 0;
  const middle = () => {
    const all = [...fingers.values()], count = all.length;
    const x = all.reduce((sum, p) => sum + p[0], 0) / count, y = all.reduce((sum, p) => sum + p[1], 0) / count;
    return { x, y, spread: count < 2 ? 0 : Math.hypot(all[0][0] - all[1][0], all[0][1] - all[1][1]) };
  };
  svg.addEventListener("pointerdown", (event) => {
    if (!fingers.size) moved = 0;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
  });
  svg.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const was = middle();
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    const now = middle();
    moved += Math.abs(now.x - was.x) + Math.abs(now.y - was.y) + Math.abs(now.spread - was.spread);
    if (moved < 5) return;
    svg.setPointerCapture(event.pointerId); // a drag that leaves the picture goes on
    view.pan(now.x - was.x, now.y - was.y);
    if (was.spread && now.spread) view.zoom(now.spread / was.spread, now.x, now.y);
  });
  for (const end of ["pointerup", "pointercancel"])
    svg.addEventListener(end, (event) => fingers.delete(event.pointerId));
  svg.addEventListener("click", (event) => moved >= 5 && event.stopPropagation(), true);
  svg.addEventListener("mousedown", (event) => {
    event.preventDefault(); // a click chooses a box; the keyboard's focus stays, or returns to the page
    if (document.activeElement?.matches('input[type="search"]')) page.root.focus({ preventScroll: true });
  });
  svg.addEventListener("wheel", (event) => {
    const isStill = document.documentElement.scrollHeight <= window.innerHeight + 1;
    if (event.ctrlKey || event.metaKey) view.zoom(Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
    else if (isStill) view.pan(-event.deltaX, -event.deltaY);
    else return; // the page itself scrolls
    event.preventDefault();
  }, { passive: false });
};
