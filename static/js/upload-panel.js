// What a person sees of an upload: how much was sent, how fast, how long it will take, what stands
// in the way. All words come from the page's data attributes.
import { Speed, timeLeft } from "./upload-speed.js";

const MEGABYTE = 1024 * 1024;
const FIGURES_EVERY = 1_000;
const SAID_EVERY = 10;
// Seconds; what takes longer than a day stands still.
const LONGEST = 86_400;

/** A sentence of the page with its places filled in. */
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

function decimal(number) {
  const language = document.documentElement.lang;
  return number.toLocaleString(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

export function megabytes(bytes) {
  return (bytes / MEGABYTE).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
}

export class Panel {
  /** `box` holds the parts by data-part and the words as data-say-…: see video_desk.html. */
  constructor(box) {
    this.box = box;
    this.words = box.dataset;
    this.parts = {};
    for (const part of box.querySelectorAll("[data-part]")) this.parts[part.dataset.part] = part;
    this.meter = box.querySelector("progress");
  }

  open(file) {
    this.size = file.size;
    this.speed = new Speed();
    this.sent = 0;
    this.tenth = 0;
    this.state = "";
    this.parts.name.textContent = file.name;
    this.#draw();
    this.box.hidden = false;
    this.set("looking");
  }

  close() {
    clearTimeout(this.next);
    this.next = null;
    this.box.hidden = true;
  }

  /** One of looking, sending, hashing, storing, waiting, paused, dropping; `why` for the last ones. */
  set(state, why = "") {
    if (state !== this.state) {
      this.state = state;
      this.box.dataset.state = state;
      if (state !== "sending") this.speed.forget();
      this.parts.left.textContent = "";
      this.meter.classList.toggle("paused", ["waiting", "paused"].includes(state));
      this.parts.pause.hidden = !["looking", "sending", "hashing", "waiting"].includes(state);
      this.parts.resume.hidden = state !== "paused";
      this.parts.drop.hidden = ["storing", "dropping"].includes(state);
      this.parts.state.textContent = this.words[`say${state[0].toUpperCase()}${state.slice(1)}`] ?? "";
    }
    this.parts.why.hidden = !why;
    if (this.parts.reason.textContent !== why) this.parts.reason.textContent = why;
  }

  progress(sent) {
    this.set(sent === this.size ? "storing" : "sending");
    this.sent = sent;
    this.speed.note(sent, performance.now());
    this.meter.value = (100 * sent) / this.size;
    if (!this.next || sent === this.size) this.#draw();
  }

  /** The figures, once a second: faster nobody reads them, and a line that stands still is seen. */
  #draw() {
    const { sent } = this;
    clearTimeout(this.next);
    this.next = this.state === "sending" ? setTimeout(() => this.#tick(), FIGURES_EVERY) : null;
    const percent = Math.floor((100 * sent) / this.size);
    const figures = { done: megabytes(sent), all: megabytes(this.size), percent };
    this.meter.value = (100 * sent) / this.size;
    this.parts.percent.textContent = `${percent} %`;
    this.parts.sent.textContent = fill(this.words.saySent, figures);
    this.parts.left.textContent = this.#pace(sent);
    if (Math.floor(percent / SAID_EVERY) === this.tenth) return;
    this.tenth = Math.floor(percent / SAID_EVERY);
    this.parts.said.textContent = fill(this.words.sayPercent, figures);
  }

  #tick() {
    this.speed.note(this.sent, performance.now());
    this.#draw();
  }

  #pace(sent) {
    const pace = this.speed.value;
    const seconds = (this.size - sent) / pace;
    if (!(seconds < LONGEST)) return "";
    const speed = pace < MEGABYTE / 10
      ? fill(this.words.sayKilobytes, { speed: Math.max(1, Math.round(pace / 1024)) })
      : fill(this.words.sayMegabytes, { speed: decimal(pace / MEGABYTE) });
    const [name, counts] = timeLeft(seconds);
    return `${speed} · ${fill(this.words[`left${name[0].toUpperCase()}${name.slice(1)}`], counts)}`;
  }
}
