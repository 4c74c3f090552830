// Numbers as the library prints them, and small helpers that every part of the page uses.
const SVG = "http://www.w3.org/2000/svg";

// Four significant digits.
const shown = (x) => {
  if (x === 0) return "0";
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
  const size = Math.abs(x);
  if (size < 1e-4 || size >= 1e5) return x.toExponential(3).replace(/\.?0+e/, "e");
  return String(Number(x.toPrecision(4)));
};
const signed = (x) => (x < 0 ? `(${shown(x)})` : shown(x));
const short = (text) => (text.length > 16 ? text.slice(0, 15) + "…" : text);

// [least, greatest]; Math.min(...numbers) would run out of stack at some hundred thousand.
const span = (numbers) =>
  numbers.reduce(([least, most], x) => [Math.min(least, x), Math.max(most, x)], [Infinity, -Infinity]);

const element = (name, attributes = {}, text = "") => {
  const made = document.createElementNS(SVG, name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  if (text) made.textContent = text;
  return made;
};
