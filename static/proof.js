// Solves by itself what the check page asks of a browser while many send at once. Nobody has to do anything for it; whoever
// presses sooner waits a moment. Where it cannot be solved the form is sent without, and the desk looks at it first.

const TOGETHER = 4;
const PATIENCE = 20000;

const ofHex = (text) => Uint8Array.from(text.match(/../g), (pair) => Number.parseInt(pair, 16));
const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

async function derive(parameters, counter) {
  const nonce = ofHex(parameters.nonce);
  const password = new Uint8Array(nonce.length + 4);
  password.set(nonce);
  new DataView(password.buffer).setUint32(nonce.length, counter);
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: ofHex(parameters.salt), iterations: parameters.cost };
  return toHex(new Uint8Array(await crypto.subtle.deriveBits(how, key, parameters.keyLength * 8)));
}

/** The number whose derived key begins as wanted, with that key; nothing where that takes longer than anybody waits. */
async function solve({ parameters }) {
  const until = performance.now() + PATIENCE;
  for (let first = 0; performance.now() < until; first += TOGETHER) {
    const counters = Array.from({ length: TOGETHER }, (_, place) => first + place);
    const keys = await Promise.all(counters.map((counter) => derive(parameters, counter)));
    const place = keys.findIndex((key) => key.startsWith(parameters.keyPrefix));
    if (place >= 0) return { counter: counters[place], derivedKey: keys[place] };
  }
  throw new Error("not solved in time");
}

function prepare(field) {
  const { form } = field;
  const words = form.querySelector("[data-preparing]");
  let isReady = false;
  let waiting = null;
  const done = () => {
    isReady = true;
    words.textContent = "";
    if (waiting) form.requestSubmit(waiting);
  };
  const challenge = JSON.parse(field.dataset.challenge);
  solve(challenge)
    .then((solution) => { field.value = btoa(JSON.stringify({ challenge, solution })); })
    .catch(() => {})
    .finally(done);
  form.addEventListener("submit", (event) => {
    if (isReady || event.submitter?.value !== "send") return;
    // Before anything else hears of it: nothing has been sent yet.
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting = event.submitter;
    words.textContent = words.dataset.preparing;
  }, true);
}

for (const field of document.querySelectorAll("[data-challenge]")) prepare(field);
