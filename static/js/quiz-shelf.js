// What one browser keeps of an attempt, for all its tabs, and whose turn it is to write.

/**
 * One entry of localStorage, read and written as a whole:
 *   revision  the highest given to a click     pending  place -> {choice, revision, generation}
 *   saved     place -> {choice, revision, saved_at}, as acknowledged
 *   flags, current                              places
 * Where the browser keeps nothing it lives as long as the page.
 */
export class Shelf {
  constructor(attempt) {
    this.key = `attempt-${attempt}`;
    this.memory = {};
    this.works = true;
  }

  read() {
    let kept = this.memory;
    if (this.works) {
      try {
        kept = JSON.parse(localStorage.getItem(this.key)) ?? {};
      } catch {
        // Unreadable or forbidden: what this page knows is written over it.
      }
    }
    const places = (found) => (found && !Array.isArray(found) && typeof found === "object" ? found : {});
    return { ...places(kept), pending: places(kept.pending), saved: places(kept.saved) };
  }

  /** Read, let `edit` change it, write; nothing of another tab is lost in between. */
  change(edit) {
    const kept = this.read();
    edit(kept);
    this.memory = kept;
    try {
      localStorage.setItem(this.key, JSON.stringify(kept));
    } catch {
      this.works = false;
    }
  }

  clear() {
    this.memory = {};
    try {
      localStorage.removeItem(this.key);
      localStorage.removeItem(`${this.key}-tab`);
    } catch {
      // Nothing was kept.
    }
  }
}

/**
 * Which tab of this browser writes: the one that said so last. A courtesy between tabs, so that a
 * person sees one place to answer in; what is stored never depends on it.
 */
export class Turn {
  /** `on` has lost(): another tab writes now; free(): the tab that wrote has gone. */
  constructor(attempt, on) {
    this.key = `attempt-${attempt}-tab`;
    // Made anew by every page: a duplicated tab copies everything that is kept.
    this.id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    this.on = on;
    this.mine = false;
    this.channel = "BroadcastChannel" in window ? new BroadcastChannel(this.key) : null;
    this.channel?.addEventListener("message", (event) => this.#hear(event.data));
    addEventListener("storage", (event) => {
      if (event.key === this.key) this.#hear(event.newValue);
    });
  }

  /** The tab whose turn it is by what is kept; null for none, undefined where nothing is kept. */
  #kept() {
    try {
      return localStorage.getItem(this.key);
    } catch {
      return undefined;
    }
  }

  get isFree() {
    return !this.mine && this.#kept() === null;
  }

  claim() {
    this.mine = true;
    try {
      localStorage.setItem(this.key, this.id);
    } catch {
      // The channel alone tells the other tabs.
    }
    this.channel?.postMessage(this.id);
  }

  release() {
    if (!this.mine) return;
    this.mine = false;
    try {
      if (localStorage.getItem(this.key) === this.id) localStorage.removeItem(this.key);
    } catch {
      // Nothing was kept.
    }
    this.channel?.postMessage(null);
  }

  #hear(tab) {
    if (tab === this.id) return;
    if (!tab) {
      if (!this.mine) this.on.free();
    } else if (this.mine && this.#kept() !== this.id) {
      // Of two that claim at once the one that is kept goes on.
      this.mine = false;
      this.on.lost();
    }
  }
}
