// What is being written stays in this browser for a day, so that a closed tab costs nothing. Nothing of it is sent
// anywhere; it is let go when the form was sent, when one signs off, or when the switch is turned off.

const PREFIX = "draft:";
const OFF = "drafts-off";
const LASTS = 24 * 60 * 60 * 1000;
const LARGEST = 100_000;
const PAUSE = 400;
const NEVER = new Set(["hidden", "file", "password", "submit", "button", "reset", "image"]);

/** The browser's store; null where it has none or does not allow it. */
const store = (() => {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
})();

const drafts = () => Object.keys(store).filter((key) => key.startsWith(PREFIX));

function forget(keys = drafts()) {
  for (const key of keys) store.removeItem(key);
}

/** The draft kept for a desk, or null. One that is too old or cannot be read is let go. */
function kept(key) {
  let draft = null;
  try {
    draft = JSON.parse(store.getItem(key));
  } catch {
    // Somebody else's, or cut off.
  }
  const isGood = draft && Date.now() - draft.at < LASTS && draft.at <= Date.now() && Array.isArray(draft.fields);
  if (!isGood) store.removeItem(key);
  return isGood ? draft : null;
}

/** What stands in the form: names and values of what a person wrote or chose. */
function written(form) {
  return Array.from(form.elements).filter((control) =>
    control.name && control.value && !NEVER.has(control.type) && !control.closest("[aria-hidden='true']")
    && (!["radio", "checkbox"].includes(control.type) || control.checked),
  ).map((control) => [control.name, control.value]);
}

/** Puts back what was written, wherever nothing stands yet. */
function putBack(form, fields) {
  const taken = new Set(written(form).map(([name]) => name));
  for (const control of form.elements) {
    if (!control.name || taken.has(control.name) || NEVER.has(control.type)) continue;
    const values = fields.filter(([name]) => name === control.name).map(([, value]) => value);
    if (!values.length) continue;
    if (["radio", "checkbox"].includes(control.type)) control.checked = values.includes(control.value);
    else control.value = values[0];
    for (const kind of ["input", "change"]) control.dispatchEvent(new Event(kind, { bubbles: true }));
  }
  for (const part of form.querySelectorAll("details")) {
    if (part.querySelector("input:checked")) part.open = true;
  }
}

/** Keeps what is written on the page of a form, and offers what was written before. */
function keepDrafts(place) {
  const form = place.querySelector("form");
  const offer = place.querySelector("[data-draft-offer]");
  const said = place.querySelector("[data-draft-said]");
  const keeps = place.querySelector("[data-draft-switch] input");
  const key = PREFIX + place.dataset.draft;
  let before = null;
  let waiting = 0;

  const save = () => {
    clearTimeout(waiting);
    waiting = 0;
    if (!keeps.checked) return;
    const now = written(form);
    const names = new Set(now.map(([name]) => name));
    // As long as nobody said what shall become of the earlier draft, nothing of it is lost.
    const fields = [...now, ...(before?.fields ?? []).filter(([name]) => !names.has(name))];
    const draft = JSON.stringify({ at: Date.now(), fields });
    try {
      if (!fields.length) store.removeItem(key);
      else if (draft.length <= LARGEST) store.setItem(key, draft);
    } catch {
      // No room left: what was kept before stays.
    }
  };
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(save, PAUSE);
  };
  const saveNow = () => { if (waiting) save(); };
  const decided = (words) => {
    before = null;
    offer.hidden = true;
    said.textContent = words;
    form.querySelector("input:not([type='hidden']), select, textarea").focus();
  };

  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  window.addEventListener("pagehide", saveNow);
  document.addEventListener("visibilitychange", saveNow);
  // Sent meanwhile, and come back to by the browser's own way.
  window.addEventListener("pageshow", () => { if (before && !kept(key)) offer.hidden = true; });

  offer.querySelector("[data-draft-restore]").addEventListener("click", () => {
    const { fields } = before;
    putBack(form, fields);
    decided(said.dataset.restored);
    save();
  });
  offer.querySelector("[data-draft-erase]").addEventListener("click", () => {
    forget([key]);
    decided(said.dataset.erased);
    if (written(form).length) save();
  });
  keeps.checked = !store.getItem(OFF);
  keeps.addEventListener("change", () => {
    if (keeps.checked) {
      store.removeItem(OFF);
      save();
      return;
    }
    clearTimeout(waiting);
    waiting = 0;
    forget();
    before = null;
    offer.hidden = true;
    store.setItem(OFF, "1");
  });
  keeps.closest("[data-draft-switch]").hidden = false;

  const draft = keeps.checked ? kept(key) : null;
  if (!draft) return;
  if (written(form).length) {
    // What the server, or the browser on its way back, put into the form is newer.
    save();
    return;
  }
  before = draft;
  const when = new Intl.DateTimeFormat(document.documentElement.lang, { month: "long", day: "numeric", hour: "numeric", minute: "2-digit" });
  offer.querySelector("[data-draft-when]").textContent = when.format(draft.at);
  offer.hidden = false;
}

if (store) {
  for (const key of drafts()) kept(key);
  for (const place of document.querySelectorAll("[data-draft]")) keepDrafts(place);
  // Coming back to the page of a number later must not take what is being written since.
  const [arrival] = performance.getEntriesByType("navigation");
  const sent = document.querySelector("[data-draft-sent]");
  if (sent && arrival?.type === "navigate") forget([PREFIX + sent.dataset.draftSent]);
  document.querySelector("[data-draft-forget]")?.addEventListener("submit", () => forget());
}
