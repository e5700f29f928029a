// Keeps a phone awake and the page open while something is being sent; where the browser can.

export class Awake {
  #lock = null;
  #wanted = false;
  #warn = (event) => {
    event.preventDefault();
    event.returnValue = true; // what older browsers ask for
  };

  constructor() {
    // A page that was hidden has lost its lock.
    document.addEventListener("visibilitychange", () => this.#take());
  }

  set(wanted) {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    if (wanted) {
      addEventListener("beforeunload", this.#warn);
      this.#take();
    } else {
      removeEventListener("beforeunload", this.#warn);
      this.#lock?.release();
      this.#lock = null;
    }
  }

  async #take() {
    if (!this.#wanted || document.hidden || !navigator.wakeLock) return;
    try {
      const lock = await navigator.wakeLock.request("screen");
      if (this.#wanted) this.#lock = lock;
      else lock.release();
    } catch {
      // A battery that is low: the screen may sleep, the upload goes on afterwards.
    }
  }
}
