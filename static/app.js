// Comforts on top of pages that work without them: characters left, focus on what is wrong, one click is one sending.

const count = new Intl.NumberFormat("ja-JP");
const MARKS = /[\p{Mn}\p{Me}]/gu;
const TOO_MANY_MARKS = /([\p{Mn}\p{Me}]{10})[\p{Mn}\p{Me}]+/gu;
const UNKEPT = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef]/gu;
const SPACE_AT_END = /[ \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/u;
const SOMETHING_SEEN = /[^\p{Cc}\p{Cf}\p{Me}\p{Mn}\p{Zl}\p{Zp}\p{Zs}]/u;
const isCharacter = (symbol) => (symbol.codePointAt(0) & 0xfffe) !== 0xfffe;

/** How many characters of a text are kept, as core/text.py cleans and counts: a line break is one, a combining mark none. */
function charactersOf(typed) {
  const lines = typed.replace(/\r\n?/g, "\n").split("\n").map((line) =>
    Array.from(line.replaceAll("\t", " ").replace(UNKEPT, "")).filter(isCharacter).join("")
      .replace(TOO_MANY_MARKS, "$1").replace(SPACE_AT_END, ""));
  const text = lines.join("\n").replace(/^[\n ]+|[\n ]+$/g, "");
  return SOMETHING_SEEN.test(text) ? Array.from(text.replace(MARKS, "")).length : 0;
}

/** Says how many characters are left. */
function showCount(field) {
  const limit = Number(field.dataset.limit);
  const place = document.getElementById(`${field.id}-count`);
  const spoken = document.createElement("p");
  spoken.className = "visually-hidden";
  spoken.setAttribute("role", "status");
  place.after(spoken);
  let waiting = 0;
  const show = () => {
    const left = limit - charactersOf(field.value);
    const words = (left < 0 ? field.dataset.over : field.dataset.left).replace("{n}", count.format(Math.abs(left)));
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
    for (let part = field.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
    field.scrollIntoView({ block: "center" });
    field.focus({ preventScroll: true });
  });
}

/** Asks only what fits who one is and what it is about; what holds an error is never hidden. */
function askWhatFits(form, parts) {
  const chosen = (name) => form.querySelector(`[name="${name}"]:checked`)?.value ?? "";
  const fits = (name, codes) => codes === undefined || codes.split(" ").includes(chosen(name));
  const show = () => {
    for (const part of parts) {
      const { requesterTypes, kinds, purposes } = part.dataset;
      const isAsked = fits("requester_type", requesterTypes) && fits("kind", kinds) && fits("purpose", purposes);
      part.hidden = !isAsked && !part.querySelector(".field-invalid");
      if (purposes) part.querySelector(".for-whom").hidden = true;
    }
  };
  form.addEventListener("change", show);
  window.addEventListener("pageshow", show);
  show();
}

for (const form of document.querySelectorAll("form")) {
  const parts = form.querySelectorAll(".for-some");
  if (parts.length) askWhatFits(form, parts);
}
/** Says at once that a file is too large, before it is sent for nothing; the server refuses it in any case. */
function refuseLargeFiles(field) {
  const said = document.createElement("p");
  said.className = "field-error";
  said.setAttribute("role", "alert");
  field.before(said);
  field.addEventListener("change", () => {
    const large = Array.from(field.files).filter((file) => file.size > Number(field.dataset.largest));
    said.textContent = large.map((file) => field.dataset.tooLarge.replace("{name}", () => file.name)).join(" ");
    if (large.length) field.value = "";
  });
}

for (const field of document.querySelectorAll("textarea[data-limit]")) showCount(field);
for (const field of document.querySelectorAll("input[data-largest]")) refuseLargeFiles(field);
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
    const other = event.shiftKey && line.dataset.shortcut;
    const button = other ? `button[value="${other}"]` : "button[type='submit']";
    event.currentTarget.requestSubmit(event.currentTarget.querySelector(button));
  });
}

// Up and down go from one tick box of a long list to the next.
for (const list of document.querySelectorAll("[data-arrows]")) {
  const boxes = Array.from(list.querySelectorAll("input[type='checkbox']"));
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const next = step && boxes[boxes.indexOf(event.target) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}

// A long list of boxes can be ticked at once, and unticked.
for (const button of document.querySelectorAll("[data-tick-all]")) {
  const boxes = Array.from(button.form.elements).filter((each) => each.name === button.dataset.tickAll && each.type === "checkbox");
  const words = button.textContent;
  const areTicked = () => boxes.every((box) => box.checked);
  const show = () => { button.textContent = areTicked() ? button.dataset.untick : words; };
  button.hidden = false;
  button.addEventListener("click", () => {
    const ticked = !areTicked();
    for (const box of boxes) box.checked = ticked;
    show();
  });
  button.form.addEventListener("change", show);
  show();
}

// On a telephone the Enter key leads to the next field where it says so, and does not send a form half written.
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || event.isComposing || field.enterKeyHint !== "next" || !field.form) return;
  if (!matchMedia("(pointer: coarse)").matches) return;
  const fields = Array.from(field.form.elements);
  const next = fields.slice(fields.indexOf(field) + 1).find((each) => each.offsetParent && each.tabIndex >= 0);
  if (!next) return;
  event.preventDefault();
  next.focus();
});

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
