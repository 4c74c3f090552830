// What the theme leaves out for screen readers and the keyboard.
addEventListener("DOMContentLoaded", () => {
  for (const caption of document.querySelectorAll(".caption[role=heading]")) {
    caption.setAttribute("aria-level", "2");
  }
  document.querySelector(".sidebar-drawer")?.setAttribute("aria-label", "site navigation");
  document.querySelector(".toc-drawer")?.setAttribute("aria-label", "contents of this page");
  if (!document.querySelector("h1")) { // the search page
    const headline = document.createElement("h1");
    headline.textContent = document.title.split(" - ")[0];
    document.querySelector("article")?.prepend(headline);
  }
  const reachable = () => { // what scrolls can be reached with the Tab key
    for (const box of document.querySelectorAll("article pre, article .table-wrapper")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    }
  };
  reachable();
  addEventListener("resize", reachable);
});
