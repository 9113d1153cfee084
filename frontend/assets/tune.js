// Sends the knobs with each change, and puts the list of the answer in place of the one that is there: the knob in hand stays in
// hand. Without this script the same form has a button.

const form = document.querySelector("form[data-tune]");
const failed = form.querySelector("[data-tune-failed]");
const status = form.querySelector("[data-tune-status]");
let asking;

form.querySelector("[data-tune-show]").hidden = true;
for (const dial of form.querySelectorAll("input[data-places]")) {
  say(dial);
  dial.addEventListener("input", () => say(dial));
}
form.addEventListener("change", () => ask(new URLSearchParams(new FormData(form))));

/** What a dial's place asks for, beside it and to whoever hears the page. */
function say(dial) {
  const place = dial.dataset.places.split("|")[dial.valueAsNumber - Number(dial.min)];
  dial.setAttribute("aria-valuetext", place);
  // It would be said twice.
  dial.removeAttribute("aria-describedby");
  dial.closest(".knob").querySelector(".knob__said").textContent = place;
}

async function ask(knobs) {
  // An answer that is no longer wanted must not come last.
  asking?.abort();
  const mine = (asking = new AbortController());
  const list = document.getElementById("list");
  list.setAttribute("aria-busy", "true");
  failed.hidden = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: knobs, signal: mine.signal, headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(`${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("list");
    // Signed out meanwhile: the page that came says how to go on.
    if (!fresh) return location.assign(answer.url);
    if (mine !== asking) return;
    list.replaceWith(fresh);
    const first = fresh.querySelector(".card__link");
    status.textContent = first ? status.dataset.tuneStatus.replace("{title}", first.textContent) : fresh.querySelector("h2").textContent;
    const summary = "[data-tune-genres]";
    form.querySelector(summary).textContent = page.querySelector(summary).textContent;
    document.querySelector(".tune__kept")?.remove();
  } catch {
    if (mine !== asking) return;
    failed.hidden = false;
    list.removeAttribute("aria-busy");
  }
}
