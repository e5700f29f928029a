// The waiting room: <div class="waiting" data-opens data-closes data-seconds data-now data-time>.
// At the opening, by the server's time, the start that is hidden in the page shows itself, up to
// three seconds apart on different devices. From loading to pressing the button nothing is asked of
// the program: after a sleep a HEAD request to a static file (data-time) tells the server's time.

import { Clock } from "./quiz-clock.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const APART = 3 * SECOND;
// A timer that comes later than this has slept; hidden pages are woken once a minute.
const SLEPT = 5 * SECOND;
const SLEPT_HIDDEN = 90 * SECOND;
const LOOK_AGAIN = 30 * SECOND;
const TRY_AGAIN = 10 * SECOND;
const PATIENCE = 5 * SECOND;
const SPOKEN = [[5 * MINUTE, "five"], [MINUTE, "one"]];

const rooms = [...document.querySelectorAll(".waiting[data-opens]")].map((element) => ({
  element,
  opens: Date.parse(element.dataset.opens),
  // From here on who begins has less than the full time.
  late: Date.parse(element.dataset.closes) - Number(element.dataset.seconds) * SECOND,
  apart: (APART * crypto.getRandomValues(new Uint32Array(1))[0]) / 2 ** 32,
  rest: Infinity,
  open: false,
}));
const { now: atLoad, time: staticFile } = rooms[0].element.dataset;
const clock = new Clock(atLoad);
let shift = 0;
let looked = clock.elapsed();
let looking = null;
let jumps = clock.jumps;
let doubtful = false;
let due = Infinity;
let timer = 0;

const now = () => clock.now() + shift;
const part = (element, name) => element.querySelector(`[data-${name}]`);

/** Correct the clock where the Date of an answer proves it wrong; without an answer it stays. */
async function look() {
  const sent = clock.elapsed();
  looked = sent;
  try {
    const response = await fetch(staticFile, { method: "HEAD", cache: "no-store" });
    const age = Number(response.headers.get("Age") ?? 0) * SECOND;
    const said = Date.parse(response.headers.get("Date")) + age;
    const trip = clock.elapsed() - sent;
    // The header drops fractions of a second and was written during the trip. Where the clock
    // cannot be right the least is taken: rather a second late than a start that is refused.
    if (now() < said || now() > said + SECOND + trip) shift += said - now();
    doubtful = false;
  } catch {
    // No connection: the device's own clock goes on, and the question is put again.
  }
}

function lookOnce() {
  const patience = new Promise((done) => setTimeout(done, PATIENCE));
  looking ??= Promise.race([look(), patience]).finally(() => {
    looking = null;
    tick();
  });
}

function show(element, rest) {
  const seconds = Math.max(0, Math.ceil(rest / SECOND));
  const figures = {
    days: Math.floor(seconds / 86400),
    hours: Math.floor(seconds / 3600) % 24,
    minutes: Math.floor(seconds / 60) % 60,
    seconds: seconds % 60,
  };
  part(element, "days").hidden = figures.days === 0;
  for (const figure of element.querySelectorAll("[data-part]")) {
    const name = figure.dataset.part;
    const text = String(figures[name]).padStart(name === "days" ? 1 : 2, "0");
    if (figure.textContent !== text) figure.textContent = text;
  }
}

function open(room) {
  const { element } = room;
  room.open = true;
  element.querySelector("button").disabled = false;
  part(element, "before").hidden = true;
  part(element, "after").hidden = false;
  part(element, "said").textContent = element.dataset.open;
  document.title = `${element.dataset.title} · ${document.title}`;
  const tag = element.closest("section")?.querySelector(".tag");
  if (tag) {
    tag.textContent = element.dataset.tag;
    tag.classList.add("now");
  }
}

function update(room) {
  const rest = room.opens - now();
  if (room.open) {
    part(room.element, "late").hidden = now() < room.late;
    return;
  }
  show(room.element, rest);
  for (const [limit, text] of SPOKEN) {
    if (room.rest !== Infinity && room.rest > limit && rest <= limit) {
      part(room.element, "said").textContent = room.element.dataset[text];
    }
  }
  room.rest = rest;
  if (rest + room.apart <= 0) open(room);
}

function tick() {
  clearTimeout(timer);
  clock.look();
  // A clock that may have slept, or was set meanwhile, opens nothing before it was looked at.
  const slept = clock.elapsed() - due > (document.hidden ? SLEPT_HIDDEN : SLEPT);
  const news = slept || clock.jumps !== jumps;
  doubtful ||= news;
  jumps = clock.jumps;
  due = Infinity;
  if (doubtful && (news || clock.elapsed() - looked > TRY_AGAIN)) lookOnce();
  if (looking) return;
  for (const room of rooms) update(room);
  const rests = rooms.filter((room) => !room.open).map((room) => room.opens - now());
  const wait = Math.min(SECOND, ...rests.map((rest) => (rest > 0 ? (rest % SECOND) + 20 : 100)));
  due = clock.elapsed() + wait;
  timer = setTimeout(tick, wait);
}

for (const { element } of rooms) {
  for (const shown of element.querySelectorAll("[data-script]")) shown.hidden = false;
  part(element, "plain").hidden = true;
}
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  if (clock.elapsed() - looked > LOOK_AGAIN) lookOnce();
  else tick();
});
// Back from the browser's memory the page is old: take a fresh one.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
tick();
