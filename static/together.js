// Two people on one case see each other: an open page gives a sign of life now and then, as long as somebody can see it.

const EVERY = 30_000;
const form = document.querySelector("[data-presence]");
const said = document.getElementById("people");
const changed = document.getElementById("case-changed");
let waiting = 0;

async function tell() {
  clearTimeout(waiting);
  if (document.visibilityState !== "visible") return;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    // Signed out, or the case is not there any more: the page says so when it is used.
    if (!answer.ok) return;
    const { people, version } = await answer.json();
    const words = people.join(" ");
    if (said.textContent !== words) said.textContent = words;
    changed.hidden = version <= Number(form.dataset.presence);
  } catch {
    // The network is away for a moment; the next sign tells again.
  }
  waiting = setTimeout(tell, EVERY);
}

if (form) {
  waiting = setTimeout(tell, EVERY);
  document.addEventListener("visibilitychange", tell);
}
