// Comforts on top of pages that work without them: characters left, focus on what is wrong, one click is one sending.

const count = new Intl.NumberFormat("ja-JP");
const COMBINING = /[\p{Mn}\p{Me}]/gu;

/** Says how many characters are left, counted as the server counts them (one per line break, none for a combining mark). */
function showCount(field) {
  const limit = Number(field.dataset.limit);
  const place = document.getElementById(`${field.id}-count`);
  const spoken = document.createElement("p");
  spoken.className = "visually-hidden";
  spoken.setAttribute("role", "status");
  place.after(spoken);
  let waiting = 0;
  const show = () => {
    const left = limit - Array.from(field.value.replace(COMBINING, "")).length;
    const words = left < 0 ? `${count.format(-left)}字 多すぎます` : `あと ${count.format(left)}字`;
    place.textContent = words;
    place.classList.toggle("count-over", left < 0);
    clearTimeout(waiting);
    // Read aloud only near the end and after a pause, so that typing is not talked over.
    waiting = setTimeout(() => { spoken.textContent = left < limit / 10 ? words : ""; }, 1000);
  };
  field.addEventListener("input", show);
  show();
}

/** A second click while the first is under way does nothing; the server refuses duplicates in any case. */
function sendOnce(form) {
  let sent = false;
  const release = () => {
    sent = false;
    for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
  };
  form.addEventListener("submit", (event) => {
    if (sent) {
      event.preventDefault();
      return;
    }
    sent = true;
    event.submitter?.setAttribute("aria-disabled", "true");
    // If no page came, the person may try again.
    setTimeout(release, 10000);
  });
  window.addEventListener("pageshow", release);
}

/** Leads from a line of the error summary into the field itself. */
function leadToFields(summary) {
  summary.focus();
  summary.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    field.scrollIntoView({ block: "center" });
    field.focus({ preventScroll: true });
  });
}

for (const field of document.querySelectorAll("textarea[data-limit]")) showCount(field);
for (const form of document.querySelectorAll("form[data-once]")) sendOnce(form);
for (const summary of document.querySelectorAll("[data-focus]")) leadToFields(summary);
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// One letter after the other: Ctrl+Enter receives this one and opens the next. The line that says so needs the script too.
for (const line of document.querySelectorAll("[data-shortcut]")) {
  line.hidden = false;
  line.closest("form").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    event.currentTarget.requestSubmit(event.currentTarget.querySelector("button[type='submit']"));
  });
}

const menus = Array.from(document.querySelectorAll("details.menu"));
document.addEventListener("click", (event) => {
  for (const menu of menus) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus.filter((each) => each.open)) {
    menu.open = false;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  }
});
