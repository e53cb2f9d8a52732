// Keys for whoever works through a list all day: on top of links and buttons that work without them. Off on the account page.
// A key presses or enters the first element that names it: data-key="n". With data-key-focus it goes to what that selects inside.

const rows = () => Array.from(document.querySelectorAll("[data-key-rows] tbody tr"));
const linkOf = (row) => row.querySelector(".cell-lead a");
const help = document.querySelector("[data-key-help]");
let cameFrom = null;

/** Whether keys belong to the element: what takes letters itself keeps them. */
function takesLetters(element) {
  if (!(element instanceof HTMLElement)) return false;
  if (element.isContentEditable || element.closest("select, textarea, [role='application'], [role='listbox'], [role='menu']")) return true;
  return element instanceof HTMLInputElement && !["button", "checkbox", "radio", "submit", "reset"].includes(element.type);
}

/** To the row so many further on, seen from the one that has the focus. */
function step(by) {
  const all = rows();
  if (!all.length) return false;
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1);
  linkOf(all[next]).focus({ preventScroll: true });
  all[next].scrollIntoView({ block: "nearest" });
  return true;
}

/** Ticks or unticks the row that has the focus. */
function tick() {
  const box = rows().find((row) => row.contains(document.activeElement))?.querySelector("input[type='checkbox']");
  box?.click();
  return Boolean(box);
}

function showHelp(shown) {
  if (!help) return false;
  if (shown && help.hidden) cameFrom = document.activeElement;
  help.hidden = !shown;
  if (shown) {
    help.focus();
    help.scrollIntoView({ block: "nearest" });
  } else cameFrom?.focus();
  return true;
}

/** Presses a link or button, enters a field. */
function press(key) {
  const found = Array.from(document.querySelectorAll(`[data-key~="${CSS.escape(key)}"]`)).find((each) => !each.hidden);
  if (!found) return false;
  const inside = found.dataset.keyFocus;
  const isField = found.matches("input, textarea, select");
  for (let part = found.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  if (!inside && !isField) {
    found.click();
    return true;
  }
  const target = inside ? found.querySelector(inside) : found;
  target?.focus();
  if (target instanceof HTMLInputElement) target.select();
  target?.scrollIntoView({ block: "nearest" });
  return true;
}

const own = {
  j: () => step(1),
  k: () => step(-1),
  x: tick,
  "?": () => showHelp(help?.hidden),
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && help && !help.hidden) {
    showHelp(false);
    return;
  }
  // Enter belongs to whatever has the focus; only where nothing has, it may press what names it.
  if (event.key === "Enter" && event.target === document.body && !event.repeat && press("Enter")) event.preventDefault();
  if (event.key.length !== 1 || takesLetters(event.target)) return;
  // A key held down goes through the list, but presses nothing twice.
  if (event.repeat && !["j", "k"].includes(event.key)) return;
  if (own[event.key]?.() || press(event.key)) event.preventDefault();
});

for (const line of document.querySelectorAll("[data-key-line]")) line.hidden = false;

// Whoever comes back to the list goes on at the case they come from.
const visited = location.hash.startsWith("#case-") && document.getElementById(location.hash.slice(1));
if (visited) linkOf(visited)?.focus();
