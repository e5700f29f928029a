// One file on its way to the server by tus: goes on by itself after every cut for as long as the
// page is open, always from where the server says it is.
import "../vendor/tus/tus.min.js";

const { tus } = window;
// No byte for so long: the line is dead, whatever the browser believes.
const SILENCE = 120_000;
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 20_000;
const LONGEST_WISH = 60_000;
// The size of the file's last pieces on a line that breaks again and again.
const SMALLEST_SHARE = 1 / 16;
const HASH_LIMIT = 300_000;
const ASKED_AGAIN = [408, 409, 423, 425, 429];
const NO_SPACE = 507;

// Browsers without dialogs lack more that these scripts use: the plain form is theirs.
export const isPossible = Boolean(tus?.isSupported && window.HTMLDialogElement);

/** What came instead of a yes: the status (0 for nothing at all), its code and its sentence. */
export class Answer extends Error {
  constructor(status, { code = "", message = "", wish = 0 } = {}) {
    super(message || `status ${status}`);
    Object.assign(this, { status, code, sentence: message, wish });
  }
}

/** The answer in an error of the library, of `fetch` or of ours. */
function answerOf(error) {
  if (error instanceof Answer) return error;
  const response = error.originalResponse;
  if (!response) return new Answer(0);
  const wish = Number(response.getHeader("Retry-After")) * 1000 || 0;
  let told = {};
  try {
    told = JSON.parse(response.getBody());
  } catch {
    // A page of whatever stands between: its status has to do.
  }
  return new Answer(response.getStatus(), { code: told.error, message: told.message, wish });
}

/** What an answer means: "again", "signed_out", "no_space", "gone" or "refused". */
function meaning({ status, code, sentence }, hasPlace) {
  if (status === 401) return "signed_out";
  if (status === NO_SPACE) return "no_space";
  if (status < 400 || status >= 500 || ASKED_AGAIN.includes(status)) return "again";
  if (hasPlace && !sentence && (status === 404 || status === 410)) return "gone";
  return status === 403 && !code ? "unsure" : "refused";
}

/** How long to wait after so many failures; never shorter than the server asked for. */
function backOff(failures, wish) {
  const growing = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1));
  return Math.max(Math.min(wish, LONGEST_WISH), growing / 2) + (Math.random() * growing) / 2;
}

/** Whether the file can still be read: it may have been changed, moved or pulled out meanwhile. */
async function isReadable(file) {
  const ends = [file.slice(0, 1), file.slice(-1)];
  return Promise.all(ends.map((end) => end.arrayBuffer())).then(() => true, () => false);
}

/** Resolve to the file's SHA-256 in hex, or to "" where it cannot be had. */
function hashInWorker(file, script) {
  const hashed = new Promise((done) => {
    // Where there are no workers this throws, and the file goes without.
    const worker = new Worker(script, { type: "module" });
    const end = (digest) => {
      worker.terminate();
      done(digest);
    };
    worker.addEventListener("message", ({ data }) => end(data));
    worker.addEventListener("error", () => end(""));
    worker.postMessage(file);
  });
  return hashed.catch(() => "");
}

export class Transfer {
  /**
   * `place` is the address of an upload to go on with, else one is found or made. `look()` resolves
   * to {token, place}: the token of forms, and where the server already has a part of this file.
   * `on` has progress(bytes), hashing(), waiting(answer), stopped(meaning, answer), done().
   */
  constructor({ file, place, endpoint, metadata, chunkBytes, hashScript, look, on }) {
    Object.assign(this, { file, place, endpoint, metadata, chunkBytes, look, on });
    this.chunk = chunkBytes;
    this.token = "";
    this.offset = 0;
    this.failures = 0;
    this.doubts = 0;
    // Every try has a number: what an older one still has to say is not heard.
    this.run = 0;
    this.hash = hashInWorker(file, hashScript);
    this.hash.then(() => {
      this.isHashed = true;
    });
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => this.#hurry());
  }

  start() {
    this.failures = this.doubts = 0;
    this.token = "";
    this.#go();
  }

  pause() {
    this.run += 1;
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    this.timer = null;
    this.upload?.abort();
  }

  /** Take back what was sent; rejects with an Answer where the server could not be told. */
  async drop() {
    this.pause();
    const { token, place } = await this.look();
    const address = this.place ?? place;
    if (!address) return;
    const headers = { "X-CSRFToken": token, "Tus-Resumable": "1.0.0" };
    const response = await fetch(address, { method: "DELETE", headers });
    if (!response.ok && response.status !== 404 && response.status !== 410) {
      const { error, message } = await response.json().catch(() => ({}));
      throw new Answer(response.status, { code: error, message });
    }
  }

  async #go() {
    this.pause();
    const run = this.run;
    try {
      if (!this.token || !this.place) await this.#find(run);
    } catch (error) {
      this.#failed(run, error);
      return;
    }
    if (run === this.run) this.#send(run);
  }

  async #find(run) {
    this.#listen(run);
    const { token, place } = await this.look();
    this.token = token;
    this.place ??= place;
  }

  #send(run) {
    const heard = (act) => (...told) => run === this.run && act(...told);
    this.upload = new tus.Upload(this.file, {
      // With both the library would begin a new upload where the old one does not answer.
      endpoint: this.place ? null : this.endpoint,
      uploadUrl: this.place ?? null,
      metadata: this.metadata,
      headers: { "X-CSRFToken": this.token },
      chunkSize: this.chunk,
      retryDelays: null,
      storeFingerprintForResuming: false,
      onBeforeRequest: (request) => this.#before(run, request),
      onUploadUrlAvailable: heard(() => this.#placed()),
      onProgress: heard((sent) => this.#progressed(run, sent)),
      onChunkComplete: heard(() => this.#arrived()),
      onSuccess: heard(() => this.#ended()),
      onError: heard((error) => this.#failed(run, error)),
    });
    this.upload.start();
  }

  #placed() {
    this.place = this.upload.url;
    this.upload.options.endpoint = null;
  }

  async #before(run, request) {
    if (run === this.run && request.getMethod() === "PATCH") await this.#beforePiece(request);
    if (run !== this.run) throw new Error("paused");
    this.#listen(run);
  }

  async #beforePiece(request) {
    const offset = Number(request.getHeader("Upload-Offset"));
    if (offset > this.offset) this.failures = this.doubts = 0;
    this.offset = offset;
    if (offset + this.upload.options.chunkSize < this.file.size) return;
    clearTimeout(this.silence);
    if (!this.isHashed) this.on.hashing();
    const limit = new Promise((done) => setTimeout(done, HASH_LIMIT, ""));
    const digest = await Promise.race([this.hash, limit]);
    if (digest) request.setHeader("X-Content-SHA256", digest);
  }

  #progressed(run, sent) {
    this.#listen(run);
    this.on.progress(sent);
  }

  /** A line that carries whole pieces again gets larger ones. */
  #arrived() {
    this.chunk = Math.min(this.chunkBytes, this.chunk * 2);
    this.upload.options.chunkSize = this.chunk;
  }

  #ended() {
    this.pause();
    this.on.done();
  }

  /** Give the line up when nothing comes or goes any more. */
  #listen(run) {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.upload?.abort();
      this.#failed(run, new Answer(0));
    }, SILENCE);
  }

  async #failed(run, error) {
    if (run !== this.run) return;
    // Before the request is ended: that empties its answer.
    const answer = answerOf(error);
    this.pause();
    const mine = this.run;
    const meant = this.#doubted(meaning(answer, Boolean(this.place)));
    if (meant === "again" && !(await isReadable(this.file))) {
      if (mine === this.run) this.on.stopped("unreadable", answer);
    } else if (mine !== this.run) {
      // Paused or dropped meanwhile.
    } else if (meant === "again") {
      this.#again(answer);
    } else {
      this.on.stopped(meant, answer);
    }
  }

  /** A 403 that is not in our words: most often the token is of an older session. Ask for another. */
  #doubted(meant) {
    if (meant !== "unsure") return meant;
    this.token = "";
    this.doubts += 1;
    return this.doubts > 2 ? "refused" : "again";
  }

  #again(answer) {
    this.failures += 1;
    if (!answer.status) this.chunk = Math.max(this.chunkBytes * SMALLEST_SHARE, this.chunk / 2);
    this.mayHurry = !answer.wish;
    this.timer = setTimeout(() => this.#go(), backOff(this.failures, answer.wish));
    this.on.waiting(answer);
  }

  /** The network is back, or the person is: do not let them wait for the pause to end. */
  #hurry() {
    if (this.timer && this.mayHurry && !document.hidden) this.#go();
  }
}
