// Answers on their way: kept on the device until the server has acknowledged them, one at a time,
// sent again with growing pauses. What the server refuses for good is handed to the page.

const TIMEOUT = 8000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 8000;
const LONGEST_WISH = 30_000;
const SHOWN_AS_UNSAVED_AFTER = 2000;

/** A signal that ends a request after so many milliseconds. */
export function timeout(limit) {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), limit);
  return controller.signal;
}

/** How long to wait after so many failures; never shorter than the server asked for. */
export function backOff(failures, response) {
  const growing = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1));
  const wish = Number(response?.headers.get("Retry-After") ?? 0) * 1000;
  const least = wish > 0 ? Math.min(wish, LONGEST_WISH) : growing / 2;
  return least + (Math.random() * growing) / 2;
}

/** The highest revision that is kept; nonsense is none. */
function highest(kept) {
  return Number.isInteger(kept.revision) && kept.revision < 2e9 ? kept.revision : 0;
}

export class Queue {
  /**
   * `on` has changed(), time(content, sent), saved(place, save), stale(place), refused(place, choice),
   * moved(answers), over(). An entry is {choice, revision, generation}; `own` ones were clicked here.
   */
  constructor({ url, token, attempt, generation, shelf, clock, revision, on }) {
    Object.assign(this, { url, token, attempt, generation, shelf, clock, revision, on });
    this.pending = new Map();
    this.failures = 0;
    this.active = false;
    this.stopped = false;
    this.working = false;
    this.sending = null;
    this.notBefore = 0;
    addEventListener("online", () => this.wake?.());
  }

  /**
   * Take up what is kept for this writer; `saved(place)` is what the server is known to have. What
   * an older writer left stays where it is: see left(). `age` is how long it has waited.
   */
  adopt(saved, { age = SHOWN_AS_UNSAVED_AFTER } = {}) {
    const kept = this.shelf.read();
    this.revision = Math.max(this.revision, highest(kept));
    const found = Object.entries(kept.pending)
      .map(([place, entry]) => [Number(place), entry])
      .filter(([, entry]) => entry?.generation === this.generation)
      .sort(([, a], [, b]) => a.revision - b.revision);
    for (const place of [...this.pending.keys()]) {
      // Settled or replaced by another tab.
      const entry = kept.pending[place];
      if (this.shelf.works && entry?.revision !== this.pending.get(place).revision) this.pending.delete(place);
    }
    for (const [place, entry] of found) {
      const stored = saved(place);
      const isThere = stored && stored.choice === entry.choice && stored.revision >= entry.revision;
      if (!isThere && !this.pending.has(place)) {
        this.pending.set(place, { ...entry, own: false, since: performance.now() - age });
      }
    }
  }

  /** Send from now on. */
  start() {
    if (this.stopped) return;
    this.active = true;
    this.wake?.();
    this.#work();
  }

  /** Send nothing more for now: it is another tab's turn. */
  pause() {
    this.active = false;
    this.wake?.();
  }

  /** Send nothing any more; what waits stays kept and is listed by left(). */
  stop() {
    this.stopped = true;
    this.pending.clear();
    this.pause();
  }

  put(place, choice) {
    if (this.stopped) return;
    const entry = { choice, revision: 0, generation: this.generation, own: true, since: performance.now() };
    this.pending.delete(place);
    this.pending.set(place, entry);
    this.#number(place, entry, 0);
    this.on.changed();
    setTimeout(() => this.on.changed(), SHOWN_AS_UNSAVED_AFTER + 50);
    this.wake?.();
    this.#work();
  }

  has(place) {
    return this.pending.has(place);
  }

  /** Whether an answer has waited long enough to be called not saved. */
  isLate(place) {
    const entry = this.pending.get(place);
    if (!entry) return false;
    return this.failures > 0 || performance.now() - entry.since > SHOWN_AS_UNSAVED_AFTER;
  }

  late() {
    return [...this.pending.keys()].filter((place) => this.isLate(place)).sort((a, b) => a - b);
  }

  /** What is kept and will not be sent by itself, [place, choice] in the order of the paper. */
  left() {
    return Object.entries(this.shelf.read().pending)
      .filter(([, entry]) => entry && (this.stopped || entry.generation !== this.generation))
      .map(([place, entry]) => [Number(place), entry.choice])
      .sort(([a], [b]) => a - b);
  }

  /** Forget what is left at these places. */
  drop(places) {
    this.shelf.change((kept) => {
      for (const place of places) delete kept.pending[place];
    });
  }

  /** Resolve when all is acknowledged or `limit` milliseconds have passed. */
  async drained(limit) {
    const until = performance.now() + limit;
    this.wake?.();
    while (this.pending.size && !this.stopped && performance.now() < until) {
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  /** The page is left: one last try for each, without waiting for an answer. */
  flush() {
    if (!this.active) return;
    for (const [place, entry] of this.pending) {
      if (entry !== this.sending) this.#post(place, entry).catch(() => {});
    }
  }

  /** Give an entry a revision above every one known and above `least`, and keep it. */
  #number(place, entry, least) {
    this.shelf.change((kept) => {
      this.revision = 1 + Math.max(this.revision, highest(kept), least);
      entry.revision = this.revision;
      kept.revision = this.revision;
      kept.pending[place] = { choice: entry.choice, revision: entry.revision, generation: entry.generation };
    });
  }

  /** Nothing up to this revision waits at the place any more; `save` is what the server has. */
  #settle(place, revision, save) {
    if (this.pending.get(place)?.revision <= revision) this.pending.delete(place);
    this.shelf.change((kept) => {
      const entry = kept.pending[place];
      if (entry?.generation === this.generation && entry.revision <= revision) delete kept.pending[place];
      if (save && !(kept.saved[place]?.revision > save.revision)) kept.saved[place] = save;
      kept.revision = Math.max(highest(kept), save?.revision ?? 0);
    });
  }

  async #work() {
    if (this.working) return;
    this.working = true;
    while (this.pending.size && this.active) {
      const [place, entry] = this.pending.entries().next().value;
      this.sending = entry;
      const wait = await this.#send(place, entry);
      this.sending = null;
      if (wait === 0) this.failures = 0;
      else {
        this.failures += 1;
        this.on.changed();
        await this.#pause(wait ?? backOff(this.failures));
      }
    }
    this.working = false;
  }

  /** Wait; a click or the network's return cuts it short, but never what the server asked for. */
  async #pause(wait) {
    await new Promise((done) => {
      const timer = setTimeout(done, wait);
      this.wake = () => {
        if (this.active && performance.now() < this.notBefore) return;
        clearTimeout(timer);
        done();
      };
    });
    this.wake = null;
  }

  #post(place, { choice, revision }) {
    return fetch(this.url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      credentials: "omit",
      cache: "no-store",
      keepalive: true,
      body: JSON.stringify({ token: this.token, position: place, choice, revision }),
      signal: timeout(TIMEOUT),
    });
  }

  /** Send one answer: 0 when it is settled, else how long to wait, undefined for the usual pause. */
  async #send(place, entry) {
    const sent = this.clock.mark();
    const { choice, revision } = entry;
    let response;
    try {
      response = await this.#post(place, entry);
    } catch {
      return undefined;
    }
    // Whatever stands between may answer too: only what is said in our own words counts.
    const content = await response.json().catch(() => null);
    if (content && this.#answered(place, { choice, revision }, entry, response.status, content, sent)) return 0;
    const wait = backOff(this.failures + 1, response);
    if (response.headers.has("Retry-After")) this.notBefore = performance.now() + wait;
    return wait;
  }

  #answered(place, { choice, revision }, entry, status, content, sent) {
    const said = `${status} ${content.error ?? "saved"}`;
    if (content.now) this.on.time(content, sent);
    if (said === "200 saved") {
      const echoes = content.attempt === this.attempt && content.position === place
        && content.choice === choice && content.revision === revision;
      if (!echoes) return false;
      this.#stored(place, revision, content);
    } else if (said === "409 stale") {
      this.#stale(place, choice, entry, content.current);
    } else if (said === "409 read_only" || said === "403 bad_token") {
      this.stop();
      this.on.moved(content.answers);
    } else if (said === "410 over") {
      this.stop();
      this.on.over();
    } else if (status === 400 && content.error) {
      this.#settle(place, revision);
      this.on.refused(place, choice);
    } else {
      return false;
    }
    this.on.changed();
    return true;
  }

  #stored(place, revision, { choice, revision: storedRevision, saved_at }) {
    const save = { choice, revision: storedRevision, saved_at };
    this.#settle(place, revision, save);
    this.on.saved(place, save);
  }

  /** Something newer is stored. A click made in this page is the person's last word all the same. */
  #stale(place, choice, entry, current) {
    const isLast = this.pending.get(place) === entry;
    if (isLast && entry.own && this.active && current.choice !== choice) {
      this.pending.delete(place);
      this.pending.set(place, entry);
      this.#number(place, entry, current.revision);
      return;
    }
    const wasShown = isLast && current.choice !== choice;
    this.revision = Math.max(this.revision, current.revision);
    this.#stored(place, entry.revision, current);
    if (wasShown) this.on.stale(place);
  }
}
