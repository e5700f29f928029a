// How fast an upload goes and how long it will take, in figures that do not jump.

const WINDOW = 10_000;
const LEAST = 2_000;

export class Speed {
  #steps = [];

  /** So many bytes were sent at this time, in milliseconds. */
  note(sent, now) {
    // Behind what was sent before: a piece that was lost is sent again.
    if (sent < this.#steps.at(-1)?.sent) this.#steps = [];
    this.#steps.push({ sent, now });
    while (this.#steps.length > 2 && this.#steps[1].now <= now - WINDOW) this.#steps.shift();
  }

  /** Nothing was sent for a while on purpose. */
  forget() {
    this.#steps = [];
  }

  /** Bytes a second over the last ten seconds; 0 as long as nobody can know. */
  get value() {
    const [first] = this.#steps;
    const last = this.#steps.at(-1);
    if (!first || last.now - first.now < LEAST) return 0;
    return ((last.sent - first.sent) * 1000) / (last.now - first.now);
  }
}

/** The words for so many seconds, as a name and a count: ["minutes", {minutes: 3}]. */
export function timeLeft(seconds) {
  if (seconds < 10) return ["moment", {}];
  if (seconds < 55) return ["seconds", { seconds: Math.ceil(seconds / 10) * 10 }];
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 60) return ["minutes", { minutes }];
  const rounded = Math.ceil(minutes / 5) * 5;
  return ["hours", { hours: Math.floor(rounded / 60), minutes: rounded % 60 }];
}
