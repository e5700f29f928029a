// The quiz page: a save for every click, the server's clock, whose turn it is, handing in.
// Without this script the same page is a plain form.
//
// What tests and styles may hold on to:
//   #quiz                 data-mode: write, tab (another tab writes), device (another session), stale
//   .q-card[data-position]   a question; input[type=radio][value], .flag, .save-state
//   .save-state           class sending, saved or unsaved; "saved" only after an acknowledgement
//   .cell                 class answered, unsaved, flagged; aria-current
//   #trouble              role alert, shown while answers wait for the network
//   #read-only            why this page only shows; #take-over (another device), #go-on-tab
//   #left, #left-list     choices kept here that are not sent by themselves; #left-put, #left-drop
//   #time-value, #tally-saved, #tally-open, #spoken, #confirm, #submit-state
//   localStorage          attempt-<id> (see quiz-shelf.js), cleared by the result page alone

import { Clock } from "./quiz-clock.js";
import { Queue, timeout } from "./quiz-queue.js";
import { Shelf, Turn } from "./quiz-shelf.js";
import { Ending } from "./quiz-end.js";
import {
  byId, cards, chosenEarly, form, go, hourOf, letters, numbers, onKeys, onTurn, places, put, say,
  showStates, speak, total, view,
} from "./quiz-paper.js";

const clock = new Clock(form.dataset.now);
const started = Date.parse(form.dataset.started);
const shelf = new Shelf(form.dataset.attempt);
const flags = new Set();
const saved = new Map();
const refused = new Map();
const quiz = {
  mode: form.dataset.mode,
  deadline: Date.parse(form.dataset.deadline),
  clock, saved, flags, lock, tick, trouble,
};
let leaving = false;

/* ---------- what is saved ---------- */

const queue = new Queue({
  url: form.dataset.save,
  token: form.dataset.token,
  attempt: Number(form.dataset.attempt),
  generation: Number(form.dataset.generation),
  shelf,
  clock,
  revision: Number(form.dataset.revision),
  on: {
    changed: render,
    time,
    saved: learn,
    stale() { speak(say("stale")); },
    refused(place, choice) { if (cards[place]) refused.set(place, choice); },
    moved,
    over() { ending.leave(); },
  },
});
const ending = new Ending(quiz, queue);
const turn = new Turn(form.dataset.attempt, {
  lost() { if (quiz.mode === "write") setMode("tab"); },
  free() { setTimeout(resumeIfFree, 1000 + Math.random() * 500); },
});

/** Note what the server has, unless something newer is known already. */
function learn(place, save) {
  if (!cards[place] || saved.get(place)?.revision > save.revision) return;
  saved.set(place, save);
  refused.delete(place);
}

/** What every answer of the server tells: its clock, and a deadline that may have moved. */
function time(content, sent) {
  clock.sync(content.now, sent);
  const told = Date.parse(content.deadline_at);
  if (!told || told === quiz.deadline) return;
  const more = told > quiz.deadline;
  quiz.deadline = told;
  if (more) speak(say("more_time", { time: hourOf(told) }));
  tick();
}

function waiting(place) {
  const entry = queue.pending.get(place);
  return entry && { choice: entry.choice, late: queue.isLate(place) };
}

function trouble(what, more) {
  byId("trouble").hidden = !what;
  put(byId("trouble-what"), what);
  put(byId("trouble-more"), more);
}

function render() {
  const late = queue.late();
  showStates({
    pending: waiting,
    saved: (place) => saved.get(place),
    refused: (place) => refused.get(place),
    flags,
    current: view.current,
  });
  const done = places((place) => saved.has(place) && !queue.has(place)).length;
  const open = places((place) => !saved.has(place) && !queue.has(place)).length;
  put(byId("tally-saved"), say("saved_count", { saved: done, total }));
  put(
    byId("tally-open"),
    late.length ? say("unsaved_count", { count: late.length })
      : open ? say("open_count", { count: open }) : say("all_saved"),
  );
  if (!ending.begun && !ending.closing) {
    if (late.length && quiz.mode === "write") {
      const key = late.length === 1 ? "trouble_one" : "trouble_many";
      trouble(say(key, { numbers: numbers(late) }), say("trouble_more"));
    } else trouble("", "");
  }
  renderLeft();
  if (ending.isAsking) ending.summary();
}

/** What an older writer left on this device and the server does not have: [place, choice]. */
function left() {
  return queue.left().filter(([place, choice]) =>
    cards[place] && !queue.has(place) && saved.get(place)?.choice !== choice);
}

function renderLeft() {
  const listed = left();
  byId("left").hidden = !listed.length || quiz.mode === "tab" || ending.begun;
  const items = listed.map(([place, choice]) =>
    say("left_item", { number: place + 1, letter: letters[choice] }));
  put(byId("left-list"), items.join("; "));
  byId("left-actions").hidden = quiz.mode !== "write";
  byId("left-later").hidden = quiz.mode === "write";
}

byId("left-put").addEventListener("click", () => {
  if (quiz.mode !== "write" || ending.begun) return;
  for (const [place, choice] of left()) queue.put(place, choice);
  render();
});
byId("left-drop").addEventListener("click", () => {
  queue.drop(queue.left().map(([place]) => place));
  render();
});

/* ---------- whose turn it is ---------- */

function setMode(next) {
  quiz.mode = next;
  form.dataset.mode = quiz.mode;
  if (quiz.mode === "write") queue.start();
  else queue.pause();
  if (quiz.mode !== "write" && ending.isAsking) ending.dialog.close();
  lock(quiz.mode !== "write" || ending.begun);
  byId("read-only").hidden = quiz.mode === "write";
  if (quiz.mode !== "write" && form.dataset.said !== quiz.mode) {
    form.dataset.said = quiz.mode;
    put(byId("read-only-what"), say(`${quiz.mode}_what`));
    put(byId("read-only-more"), say(`${quiz.mode}_more`));
  }
  byId("go-on-tab").hidden = quiz.mode !== "tab";
  byId("take-over").hidden = quiz.mode !== "device";
  render();
}

/** Whether anything can be chosen or handed in. */
function lock(isLocked) {
  for (const set of form.querySelectorAll("fieldset")) set.disabled = isLocked;
  for (const button of form.querySelectorAll("button[type=submit][name=hand_in]")) {
    button.disabled = isLocked;
  }
}

/** Another session writes: show what the server has, and list what it did not get from here. */
function moved(answers) {
  turn.release();
  if (ending.begun) return;
  if (answers) {
    replace(answers);
    setMode("device");
    ask();
  } else setMode("stale");
}

function replace(answers) {
  saved.clear();
  for (const { position, ...save } of answers) learn(position, save);
}

/** What this tab knows of another's doings: the shelf. */
function fromShelf(options) {
  for (const [place, save] of Object.entries(shelf.read().saved)) {
    if (save?.saved_at) learn(Number(place), save);
  }
  takeUp(options);
}

function takeUp(options) {
  const kept = shelf.read().flags;
  flags.clear();
  for (const place of Array.isArray(kept) ? kept : []) if (cards[place]) flags.add(place);
  if (!queue.stopped) queue.adopt((place) => saved.get(place), options);
}

/** Go on in this tab: what is kept is sent first, what the server has is asked for. */
function resume() {
  if (ending.begun || queue.stopped) return;
  turn.claim();
  fromShelf();
  setMode("write");
  tick();
  ask();
}

function resumeIfFree() {
  if (quiz.mode === "tab" && turn.isFree && !document.hidden) resume();
}

byId("go-on-tab").addEventListener("click", resume);
addEventListener("storage", (event) => {
  if (event.key !== shelf.key || quiz.mode !== "tab") return;
  fromShelf({ age: 0 });
  render();
});

/** Ask the server how things stand; without a connection nothing changes. */
async function ask() {
  const sent = clock.mark();
  let content;
  try {
    const response = await fetch(form.dataset.state, { cache: "no-store", signal: timeout(8000) });
    if (!response.ok) return;
    content = await response.json();
  } catch {
    return;
  }
  if (ending.begun) return;
  if (content.state !== "running") {
    ending.leave();
    return;
  }
  time(content, sent);
  const isMine = content.generation === queue.generation && !queue.stopped;
  if (quiz.mode === "device" || quiz.mode === "stale") replace(content.answers);
  else for (const { position, ...save } of content.answers) learn(position, save);
  const isOutdated = content.is_writer && !isMine && quiz.mode !== "tab" && queue.token;
  if (isOutdated && !document.hidden) {
    // This browser writes, but by another page's token: a fresh page gets it. One that nobody
    // looks at waits for that: it would take the turn from the tab that is in use.
    leaving = true;
    location.reload();
  } else if (!content.is_writer && ["write", "tab"].includes(quiz.mode)) {
    queue.stop();
    moved(content.answers);
  } else render();
}

/* ---------- one question, or all ---------- */

function show(place, options) {
  go(place, options);
  if (quiz.mode === "write") shelf.change((kept) => { kept.current = view.current; });
  render();
}

form.addEventListener("change", (event) => {
  if (event.target.type !== "radio") return;
  const place = Number(event.target.name.slice(1));
  if (quiz.mode === "write" && !ending.begun) {
    refused.delete(place);
    queue.put(place, Number(event.target.value));
  } else render();
});

form.addEventListener("click", (event) => {
  const link = event.target.closest("[data-to]");
  const flag = event.target.closest(".flag");
  if (link) {
    event.preventDefault();
    show(Number(link.dataset.to));
  } else if (flag && quiz.mode === "write") {
    const place = Number(flag.closest(".q-card").dataset.position);
    if (!flags.delete(place)) flags.add(place);
    shelf.change((kept) => { kept.flags = [...flags]; });
    render();
  }
});

onTurn((place) => show(place, { focus: false }));
onKeys({ isOff: () => ending.isAsking || ending.begun, turn: show });

/* ---------- the clock ---------- */

const SPOKEN = [[300_000, "five_minutes"], [60_000, "one_minute"], [30_000, "half_minute"]];
let before = quiz.deadline - clock.now();
let ticking;
let asked = -Infinity;

function tick() {
  clearTimeout(ticking);
  if (ending.begun) return;
  clock.look();
  const rest = Math.max(0, quiz.deadline - clock.now());
  const seconds = Math.ceil(rest / 1000);
  const shown = [Math.floor(seconds / 60), seconds % 60]
    .map((part) => String(part).padStart(2, "0")).join(":");
  put(byId("time-value"), shown);
  put(byId("confirm-time"), shown);
  byId("time-value").parentElement.classList.toggle("soon", rest <= 60_000);
  byId("time-bar").setAttribute("width", `${Math.min(100, (100 * rest) / (quiz.deadline - started))}%`);
  for (const [limit, key] of SPOKEN) if (before > limit && rest <= limit) speak(say(key));
  before = rest;
  // This device's clocks disagree: nothing ends before the server has told the time.
  if (!clock.sure && performance.now() - asked > 2000) {
    asked = performance.now();
    ask().then(() => { if (clock.sure) tick(); });
  }
  if (rest > 0 || !clock.sure) ticking = setTimeout(tick, rest > 0 ? (rest % 1000) + 20 : 1000);
  else ending.atDeadline();
}

let hiddenSince = null;

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    hiddenSince = performance.now();
    return;
  }
  // Timers sleep with the phone.
  tick();
  queue.wake?.();
  resumeIfFree();
  const isLong = hiddenSince === null || performance.now() - hiddenSince > 10_000;
  if (!ending.begun && (isLong || quiz.mode !== "write")) ask();
});

/** A page that only shows what another device does looks again now and then. */
async function follow() {
  for (;;) {
    await new Promise((done) => setTimeout(done, 20_000 + Math.random() * 5000));
    if (quiz.mode === "device" && !ending.begun && !document.hidden) await ask();
  }
}

/* ---------- coming and going ---------- */

addEventListener("beforeunload", (event) => {
  if (queue.pending.size && !ending.begun && !leaving && quiz.mode === "write") event.preventDefault();
});
addEventListener("pagehide", () => {
  queue.flush();
  turn.release();
});
// Back from the browser's memory: the page is old, but what it keeps is not.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  if (ending.begun) location.reload();
  else if (queue.stopped || !queue.token) ask();
  else resume();
});

/* ---------- begin ---------- */

byId("plain-save")?.remove();
byId("cells-key").hidden = false;
put(byId("time-label"), say("left"));
for (const card of cards) {
  card.querySelector(".flag").hidden = false;
  const { revision, choice, savedAt } = card.dataset;
  if (savedAt) {
    learn(Number(card.dataset.position), {
      choice: Number(choice), revision: Number(revision), saved_at: savedAt,
    });
  }
}
if (!queue.token) queue.stop();

/** Whether another tab heard of an answer after the server had made this page. */
function isBehind() {
  return Object.entries(shelf.read().saved)
    .some(([place, save]) => cards[place] && save?.revision > (saved.get(Number(place))?.revision ?? 0));
}

function begin() {
  const early = chosenEarly();
  if (quiz.mode === "write") turn.claim();
  // The page is newer than any answer of the server before it: only what waits is taken up.
  takeUp();
  const kept = shelf.read().current;
  go(Number.isInteger(kept) ? kept : 0, { focus: false });
  for (const [place, choice] of early) queue.put(place, choice);
  setMode(quiz.mode);
  tick();
  follow();
  // The shelf may remember what the server has forgotten since: it is asked, and believed.
  if (isBehind()) ask();
}

// A page that is made ready before it is wanted takes nobody's turn.
if (document.prerendering) document.addEventListener("prerenderingchange", begin, { once: true });
else begin();
