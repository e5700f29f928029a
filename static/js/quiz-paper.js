// The paper on the screen: which question is shown, each one's save state, the navigator.
// It shows what it is told by quiz.js and decides nothing about saving.

export const byId = (id) => document.getElementById(id);
export const form = byId("quiz");
export const cards = [...form.querySelectorAll(".q-card")];
export const total = cards.length;
export const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const cells = [...form.querySelectorAll(".cells .cell")];
const texts = JSON.parse(byId("quiz-texts").textContent);
const title = document.title;
const timeOfDay = new Intl.DateTimeFormat("vi", {
  timeZone: "Asia/Ho_Chi_Minh", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});

export const say = (key, values = {}) =>
  Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), texts[key]);
export const numbers = (places) => places.map((place) => place + 1).join(", ");
export const hourOf = (at) => timeOfDay.format(new Date(at));
export const put = (element, text) => {
  if (element && element.textContent !== text) element.textContent = text;
};
export const places = (test) => cards.map((_, place) => place).filter(test);
export const speak = (text) => put(byId("spoken"), text);

export function radio(place, choice) {
  return cards[place]?.querySelectorAll("input[type=radio]")[choice];
}

/** What was chosen before the script of the page had come, [place, choice]. */
export function chosenEarly() {
  return cards.flatMap((card, place) =>
    [...card.querySelectorAll("input[type=radio]")]
      .flatMap((input, choice) => (input.checked && !input.defaultChecked ? [[place, choice]] : [])));
}

/** Show a choice as chosen; undefined for none. */
function check(place, choice) {
  for (const [index, input] of cards[place].querySelectorAll("input[type=radio]").entries()) {
    if (input.checked !== (index === choice)) input.checked = index === choice;
  }
}

/** Write a question's save state: kind is saving, saved, unsaved, refused or open. */
function line(place, kind, choice, savedAt) {
  const element = cards[place].querySelector(".save-state");
  const look = { saving: "sending", saved: "saved", unsaved: "unsaved", refused: "unsaved" }[kind];
  const text = look
    ? say(kind, { letter: letters[choice], time: savedAt ? hourOf(savedAt) : "" }) : "";
  if (element.textContent.trim() === text) return;
  element.className = `save-state ${look ?? ""}`.trim();
  const words = document.createElement("span");
  words.textContent = text;
  element.replaceChildren(...(look ? [byId(`icon-${look}`).content.cloneNode(true), words] : []));
}

/**
 * Show every question as it stands: `pending(place)` is {choice, late} of what waits,
 * `saved(place)` what the server has acknowledged, `refused(place)` a choice it would not take.
 */
export function showStates({ pending, saved, refused, flags, current }) {
  for (const place of cards.keys()) {
    const waiting = pending(place);
    const stored = saved(place);
    const bad = refused(place);
    check(place, (waiting ?? stored)?.choice);
    if (waiting) line(place, waiting.late ? "unsaved" : "saving", waiting.choice);
    else if (bad !== undefined) line(place, "refused", bad);
    else if (stored) line(place, "saved", stored.choice, stored.saved_at);
    else line(place, "open");
    showCell(place, { unsaved: Boolean(waiting?.late), answered: Boolean(stored), flags, current });
  }
}

function showCell(place, { unsaved, answered, flags, current }) {
  const cell = cells[place];
  const isFlagged = flags.has(place);
  cell.classList.toggle("unsaved", unsaved);
  cell.classList.toggle("answered", answered && !unsaved);
  cell.classList.toggle("flagged", isFlagged);
  cards[place].querySelector(".flag").setAttribute("aria-pressed", String(isFlagged));
  if (place === current) cell.setAttribute("aria-current", "true");
  else cell.removeAttribute("aria-current");
  const what = unsaved ? "cell_unsaved" : answered ? "cell_saved" : "cell_open";
  const notes = [isFlagged && say("cell_flagged"), place === current && say("cell_current")];
  const label = [say(what, { number: place + 1 }), ...notes.filter(Boolean)].join(", ");
  if (cell.getAttribute("aria-label") !== label) cell.setAttribute("aria-label", label);
}

/* ---------- which question ---------- */

const ALL_AT_ONCE = form.dataset.layout === "page";
export const view = { current: 0 };

/** Go to a question: one card at a time, or the place of it on the one page. */
export function go(place, { focus = true } = {}) {
  view.current = Math.min(Math.max(place, 0), total - 1);
  const card = cards[view.current];
  if (!ALL_AT_ONCE) {
    cards.forEach((other) => { other.hidden = other !== card; });
    document.title = `${say("question", { number: view.current + 1, total })} · ${title}`;
  }
  if (!focus) return;
  card.querySelector("legend").focus({ preventScroll: true });
  if (ALL_AT_ONCE) card.scrollIntoView({ block: "start" });
  else scrollTo({ top: 0 });
}

/** Call `act` with the question that a person has turned to on the one page. */
export function onTurn(act) {
  if (!ALL_AT_ONCE) return;
  for (const [place, card] of cards.entries()) {
    card.addEventListener("focusin", () => { if (place !== view.current) act(place); });
  }
}

/** Arrows go from question to question; 1 to 9 and the letters choose in the one shown. */
export function onKeys({ isOff, turn }) {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || isOff()) return;
    if (event.target.matches("input:not([type=radio]), textarea")) return;
    const choice = /^[a-z]$/i.test(event.key)
      ? letters.indexOf(event.key.toUpperCase())
      : /^[1-9]$/.test(event.key) ? Number(event.key) - 1 : -1;
    if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      event.preventDefault();
      turn(view.current + (event.key === "ArrowRight" ? 1 : -1));
    } else if (choice >= 0) {
      const input = radio(view.current, choice);
      if (!input || input.matches(":disabled")) return;
      event.preventDefault();
      input.focus();
      if (!input.checked) input.click();
    }
  });
}
