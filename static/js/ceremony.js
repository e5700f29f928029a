// The award ceremony: what has data-slide is shown one after the other, by keys, taps and buttons.
// The place stands in the address (#4), so that a page loaded again goes on where it was.
// Without this script the page is a list of all awards.

const HINT_MS = 10_000;

const slides = [...document.querySelectorAll("[data-slide]")];
const steps = [...document.querySelectorAll("[data-step]")];
const said = document.querySelector("[data-said]");
const placeNow = document.querySelector("[data-place-now]");
const hint = document.querySelector("[data-hint]");
const back = document.querySelector("[data-back]");
const next = document.querySelector("[data-next]");
const full = document.querySelector("[data-full]");
const leave = document.querySelector("[data-leave]");
const last = slides.length - 1;
let at = 0;
let hintTimer;

/** The place an address names; where we are for one that names none, as a link within the page. */
function placeIn(hash) {
  return /^#\d{1,6}$/.test(hash) ? Number(hash.slice(1)) : at;
}

/** How many awards are revealed once slide `place` is shown. */
function revealed(place) {
  for (let i = place; i >= 0; i -= 1) {
    if (slides[i].dataset.number) return Number(slides[i].dataset.number);
  }
  return 0;
}

function show(place) {
  at = Math.max(0, Math.min(place, last));
  slides.forEach((slide, i) => { slide.hidden = i !== at; });
  const slide = slides[at];
  const count = revealed(at);
  steps.forEach((step, i) => {
    step.className = i + 1 < count ? "done" : i + 1 === count ? "now" : "";
  });
  placeNow.textContent = slide.dataset.place ?? "";
  back.disabled = at === 0;
  next.disabled = at === last;
  next.hidden = at === last;
  leave.hidden = at !== 0 && at !== last;
  history.replaceState(null, "", `#${at}`);
  scrollTo(0, 0);
  // One sentence in place of pieces that come one by one; of the overview its heading only.
  const pieces = slide.querySelectorAll(":scope > :is(h2, h3, p)");
  said.textContent = [...pieces].map((piece) => piece.innerText.trim()).filter(Boolean).join(". ");
}

function showHint() {
  clearTimeout(hintTimer);
  hint.classList.remove("gone");
  hintTimer = setTimeout(() => hint.classList.add("gone"), HINT_MS);
}

function goBack() {
  if (at > 0) show(at - 1);
}

function goOn() {
  if (at < last) show(at + 1);
}

function beginAnew() {
  show(0);
  showHint();
}

/** A refusal is the browser's: the page stays as it is. */
function toggleFull() {
  const done = document.fullscreenElement
    ? document.exitFullscreen()
    : document.documentElement.requestFullscreen();
  done.catch(() => {});
}

const ACTS = {
  " ": goOn, ArrowRight: goOn, PageDown: goOn, Enter: goOn,
  ArrowLeft: goBack, PageUp: goBack,
  Home: beginAnew, f: toggleFull, F: toggleFull,
};

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  // Space and Enter on a button or a link are that one's own.
  if ([" ", "Enter"].includes(event.key) && event.target.closest("button, a")) return;
  const act = ACTS[event.key];
  // At the end the keys scroll the overview, where it is longer than the screen.
  if (!act || (act === goOn && at === last)) return;
  event.preventDefault();
  // A key that is held down reveals one award, not all.
  if (!event.repeat) act();
}

/** After a press by pointer the keys go on with the page, not with the button. */
function press(button, act) {
  button.addEventListener("click", (event) => {
    act();
    if (event.detail > 0) button.blur();
  });
}

if (slides.length) {
  document.body.classList.add("staged");
  for (const part of document.querySelectorAll("[data-staged]")) part.hidden = false;
  full.hidden = !document.fullscreenEnabled;
  press(back, goBack);
  press(next, goOn);
  press(full, toggleFull);
  document.querySelector("main").addEventListener("click", (event) => {
    if (!event.target.closest("a, button")) goOn();
  });
  document.addEventListener("keydown", onKey);
  addEventListener("hashchange", () => show(placeIn(location.hash)));
  show(placeIn(location.hash));
  showHint();
}
