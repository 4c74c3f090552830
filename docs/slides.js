const slides = document.querySelectorAll("section");
const SLIDES_ONLY = "@page { size: 297mm 167mm; margin: 0; }";
const WITH_NOTES = "@page { size: A4; margin: 18mm; }";
let shown = Math.max(0, (parseInt(location.hash.slice(1)) || 1) - 1);

function show(i) {
  shown = Math.min(Math.max(i, 0), slides.length - 1);
  slides.forEach((slide, j) => slide.classList.toggle("shown", j === shown));
  document.getElementById("place").textContent = (shown + 1) + " / " + slides.length;
  history.replaceState(null, "", "#" + (shown + 1));
}

function toggleNotes() {
  const withNotes = document.body.classList.toggle("with-notes");
  document.getElementById("paper").textContent = withNotes ? WITH_NOTES : SLIDES_ONLY;
}

addEventListener("keydown", event => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const onButton = event.target.closest("button") && event.key === " ";
  if (["ArrowRight", "ArrowDown", "PageDown", " "].includes(event.key) && !onButton) show(shown + 1);
  if (["ArrowLeft", "ArrowUp", "PageUp"].includes(event.key)) show(shown - 1);
  if (event.key === "Home") show(0);
  if (event.key === "End") show(slides.length - 1);
  if (event.key === "n" || event.key === "N") toggleNotes();
});
document.getElementById("back").addEventListener("click", () => show(shown - 1));
document.getElementById("next").addEventListener("click", () => show(shown + 1));
document.getElementById("paper").textContent = SLIDES_ONLY;
show(shown);
