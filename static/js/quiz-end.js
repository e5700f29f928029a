// How an attempt ends in the page: asked and handed in, or by the clock, or elsewhere.

import { backOff, timeout } from "./quiz-queue.js";
import { byId, form, numbers, places, put, say } from "./quiz-paper.js";

// The server takes answers for 5 s after the deadline; the rest is the way there.
const LAST_ANSWERS = 4500;

const pause = (length) => new Promise((done) => setTimeout(done, length));

export class Ending {
  /** `quiz` has mode, deadline, clock, saved, flags, lock(isLocked), tick(), trouble(what, more). */
  constructor(quiz, queue) {
    Object.assign(this, { quiz, queue });
    this.dialog = byId("confirm");
    this.begun = false; // nothing leads back from here
    this.closing = false; // the deadline has come; last answers are on their way
    this.handing = null; // the person wants to hand in; called off by going on
    this.dialog.addEventListener("close", () => {
      this.handing = null;
      quiz.tick();
    });
    byId("go-on").addEventListener("click", () => this.dialog.close());
    byId("submit").addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.begun && !this.closing && !this.handing) this.#handInWhenSaved();
    });
    form.addEventListener("submit", (event) => this.#ask(event));
  }

  get isAsking() {
    return this.dialog.open;
  }

  /** To the result; the server sends on to the paper where the attempt still runs. */
  leave() {
    this.begun = true;
    this.queue.stop();
    location.replace(form.dataset.result);
  }

  #ask(event) {
    // Without <dialog> the form goes its plain way: saved, then asked on a page of its own.
    const isOpen = this.quiz.mode === "write" && !this.begun && !this.closing;
    if (!this.dialog.showModal && isOpen) return;
    event.preventDefault();
    if (!isOpen) return;
    put(byId("submit-state"), "");
    byId("really").disabled = false;
    this.dialog.showModal();
    this.summary();
    byId("go-on").focus();
  }

  /** List what is open; the safe act is the easy one while something is. */
  summary() {
    const { saved, flags } = this.quiz;
    const done = places((place) => saved.has(place) && !this.queue.has(place));
    const unsaved = places((place) => this.queue.has(place));
    const missing = places((place) => !saved.has(place) && !this.queue.has(place));
    const list = (found) => found.length
      ? say(found.length === 1 ? "list_one" : "list_many", { numbers: numbers(found) }) : say("none");
    put(byId("confirm-saved"), say("count_questions", { count: done.length }));
    put(byId("confirm-unsaved"), list(unsaved));
    put(byId("confirm-missing"), list(missing));
    put(byId("confirm-flagged"), list([...flags].sort((a, b) => a - b)));
    put(
      byId("confirm-open"),
      missing.length ? say("still_open", { count: missing.length })
        : unsaved.length ? say("still_unsaved", { count: unsaved.length }) : say("nothing_open"),
    );
    const safe = missing.length + unsaved.length > 0;
    for (const [id, blue] of [["go-on", safe], ["really", !safe]]) {
      byId(id).classList.toggle("btn-primary", blue);
      byId(id).classList.toggle("btn-plain", !blue);
    }
  }

  /** Wait until everything chosen is saved, or nothing is taken any more. */
  async #drain(goesOn) {
    const { clock } = this.quiz;
    const left = () => this.quiz.deadline + LAST_ANSWERS - clock.now();
    while (this.queue.pending.size && goesOn() && left() > 0) {
      await this.queue.drained(Math.min(2000, left()));
      if (this.queue.pending.size && goesOn()) {
        const waiting = [...this.queue.pending.keys()].sort((a, b) => a - b);
        put(byId("submit-state"), say("waits_for", { numbers: numbers(waiting) }));
      }
    }
  }

  async #handInWhenSaved() {
    const wish = (this.handing = {});
    byId("really").disabled = true;
    await this.#drain(() => this.handing === wish && this.quiz.mode === "write");
    if (this.handing !== wish || this.quiz.mode !== "write" || this.begun) return;
    this.begun = true;
    byId("go-on").disabled = true;
    await this.#handIn();
  }

  /** The deadline: nothing more can be chosen; what is on its way may still arrive. */
  async atDeadline() {
    const { quiz } = this;
    if (this.begun || this.closing || this.handing) return;
    this.closing = true;
    quiz.lock(true);
    if (this.isAsking) this.dialog.close();
    put(byId("time-label"), say("over"));
    quiz.trouble(say("over"), say("ending"));
    await this.#drain(() => quiz.mode === "write");
    this.closing = false;
    if (this.begun) return;
    if (quiz.clock.now() < quiz.deadline) {
      // More time was given in the last moment.
      put(byId("time-label"), say("left"));
      quiz.lock(quiz.mode !== "write");
      quiz.tick();
      return;
    }
    this.begun = true;
    // Thousands end at the same moment.
    await pause(Math.random() * 800);
    if (quiz.mode === "write") await this.#handIn();
    else this.leave();
  }

  async #handIn() {
    const line = byId("submit-state");
    for (let failures = 1; ; failures += 1) {
      let response;
      put(line, say("handing_in"));
      try {
        response = await fetch(form.dataset.submit, {
          method: "POST", body: new FormData(byId("submit")), redirect: "manual",
          signal: timeout(10_000),
        });
        if (response.type === "opaqueredirect") return this.leave();
        if (response.status < 500 && response.status !== 429) return byId("submit").submit();
      } catch {
        // No connection: told below, tried again.
      }
      put(line, say("not_handed_in"));
      if (!this.isAsking) this.quiz.trouble(say("over"), say("not_handed_in"));
      await pause(backOff(failures, response));
    }
  }
}
