// What the colours mean: blue below 0, orange above, from the largest gradient of the pass.
const addLegend = (page) => {
  const { part } = page, legend = part("legend");
  page.shows.push(() => {
    shadesOf(page);
    const { largest, isWide } = page.shading;
    legend.hidden = !largest || page.practising(); // its ends would tell an answer
    if (legend.hidden || legend.dataset.largest === `${largest} ${isWide}`) return;
    legend.dataset.largest = `${largest} ${isWide}`;
    legend.replaceChildren(page.say(isWide ? "legend_log" : "legend"), " ", shown(-largest), html("i"), shown(largest));
  });
};
