// Put into every page before its own scripts: clocks and visibility that a test may move, and a
// witness of what the page says to be saved and of what a person really chose in it.
(() => {
  if (globalThis.witness || !location.protocol.startsWith("http")) return;
  const real = {
    Date,
    setTimeout: setTimeout.bind(globalThis),
    clearTimeout: clearTimeout.bind(globalThis),
    elapsed: performance.now.bind(performance),
  };
  // How wrong this device's wall clock is outlives the page: a cookie of the test keeps it.
  let wall = Number(/(?:^|; )wall=(-?\d+)/.exec(document.cookie)?.[1] ?? 0);
  let passed = 0;
  let hidden = false;

  class MovedDate extends real.Date {
    constructor(...given) {
      if (given.length) super(...given);
      else super(MovedDate.now());
    }

    static now() {
      return real.Date.now() + wall;
    }
  }
  globalThis.Date = MovedDate;
  const now = () => real.elapsed() + passed;
  performance.now = now;
  for (const [name, value] of [["hidden", () => hidden], ["visibilityState", () => (hidden ? "hidden" : "visible")]]) {
    Object.defineProperty(Document.prototype, name, { configurable: true, get: value });
  }

  const timers = new Map();
  let number = 0;
  const plan = (id) => {
    const timer = timers.get(id);
    timer.native = real.setTimeout(() => {
      timers.delete(id);
      timer.act();
    }, Math.max(0, timer.due - now()));
  };
  globalThis.setTimeout = (act, delay = 0, ...given) => {
    number += 1;
    timers.set(number, { act: () => act(...given), due: now() + (Number(delay) || 0) });
    plan(number);
    return number;
  };
  globalThis.clearTimeout = (id) => {
    if (!timers.has(id)) return;
    real.clearTimeout(timers.get(id).native);
    timers.delete(id);
  };

  const given = [];
  addEventListener("change", ({ target, isTrusted }) => {
    if (isTrusted && target.type === "radio") given.push(`${target.name.slice(1)}:${target.value}`);
  }, true);

  globalThis.witness = {
    given,
    /** Time has passed; a device that slept through it has a wall clock that says so, no more. */
    pass(milliseconds, isAsleep) {
      wall += milliseconds;
      if (isAsleep) return;
      passed += milliseconds;
      for (const [id, { native }] of [...timers].sort(([, a], [, b]) => a.due - b.due)) {
        real.clearTimeout(native);
        plan(id);
      }
    },
    setWall(milliseconds) {
      wall = milliseconds;
    },
    setHidden(value) {
      if (hidden === value) return;
      hidden = value;
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    },
    /** The browser puts the page away whole, and brings it back as it was. */
    freeze() {
      dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
      dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    },
  };

  // What the page says to be saved, each time it says something else.
  const said = new Map();
  const tell = (key, text, report) => {
    if (said.get(key) === text) return;
    said.set(key, text);
    report();
  };
  const look = () => {
    for (const card of document.querySelectorAll(".q-card")) {
      const place = Number(card.dataset.position);
      const text = card.querySelector(".save-state")?.textContent.trim() ?? "";
      const letter = /^Đã lưu phương án ([A-Z]) /.exec(text)?.[1];
      tell(place, text, () => letter && globalThis.saidSaved(place, letter));
    }
    const tally = document.getElementById("tally-saved")?.textContent ?? "";
    const count = Number(/^(\d+) \/ \d+ đã lưu/.exec(tally)?.[1] ?? 0);
    tell("tally", count, () => count && globalThis.saidCount(count));
  };
  new MutationObserver(look).observe(document, {
    attributes: true, characterData: true, childList: true, subtree: true,
  });
})();
