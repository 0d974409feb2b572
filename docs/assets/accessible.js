// Names and keyboard access that the theme's own scripts leave out of what they add to a page.
function complete() {
  for (const dialog of document.querySelectorAll(".md-search[role=dialog]:not([aria-label])"))
    dialog.setAttribute("aria-label", "Search");
  document.querySelectorAll(".md-code__nav:not([aria-label])").forEach((nav, index) => {
    nav.setAttribute("aria-label", `Example ${index + 1}`);
    for (const button of nav.querySelectorAll("button")) button.setAttribute("aria-label", button.title || "Copy");
  });
  for (const region of document.querySelectorAll("pre > code, .md-typeset__scrollwrap"))
    if (!region.hasAttribute("tabindex")) region.setAttribute("tabindex", "0");
}

new MutationObserver(complete).observe(document.documentElement, { childList: true, subtree: true });
complete();
