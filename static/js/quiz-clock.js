// The server's clock on this device: what the page and each answer said, plus elapsed time.
// Only differences of this device's clocks are used, so it may be wrong by days.

// A wall clock that moves this much against the monotonic one was set, or the device slept.
const JUMP = 1500;

export class Clock {
  constructor(now) {
    const [navigation] = performance.getEntriesByType("navigation");
    this.start = navigation?.responseStart || performance.now();
    this.base = Date.parse(now);
    this.slept = 0;
    this.doubt = Infinity;
    this.jumps = 0;
    this.hidden = document.hidden;
    this.gap = Date.now() - performance.now();
    document.addEventListener("visibilitychange", () => { this.hidden ||= document.hidden; });
  }

  /** Milliseconds since the page was made. */
  elapsed() {
    return performance.now() - this.start + this.slept;
  }

  /** The server's time now, in milliseconds. */
  now() {
    return this.base + this.elapsed();
  }

  /** Whether nothing has happened to the clocks that only the server can tell the meaning of. */
  get sure() {
    return !this.jumps || this.doubt < Infinity;
  }

  /**
   * Notice what happened to this device's clocks since the last look. The monotonic clock may stand
   * still while the device sleeps; a wall clock that was set forward looks the same. Until the
   * server has answered, a page that was hidden is taken to have slept.
   */
  look() {
    const gap = Date.now() - performance.now();
    const jump = gap - this.gap;
    this.gap = gap;
    if (Math.abs(jump) >= JUMP) {
      if (jump > 0 && this.hidden) this.slept += jump;
      this.doubt = Infinity;
      this.jumps += 1;
    }
    this.hidden = document.hidden;
  }

  /** What sync() needs to know of the moment when a question left. */
  mark() {
    this.look();
    return { elapsed: this.elapsed(), jumps: this.jumps };
  }

  /** Take over the time of an answer to the question that left at `sent`, a mark(). */
  sync(now, sent) {
    this.look();
    // An answer that this device slept through, or set its clock under way, says nothing.
    if (sent.jumps !== this.jumps) return;
    const arrived = this.elapsed();
    const trip = arrived - sent.elapsed;
    const base = Date.parse(now) + trip / 2 - arrived;
    if (Number.isNaN(base)) return;
    // The shortest trip knows best; a larger shift than any trip explains is believed as well.
    if (trip <= this.doubt || Math.abs(base - this.base) > trip + this.doubt) {
      this.base = base;
      this.doubt = trip;
    }
  }
}
