// Hands a video in piece by piece: it goes on after a lost line by itself, and after a reload or on
// another device once the same file is chosen. Without this script the form is sent as any other.
import { Awake } from "./upload-awake.js";
import { fill, megabytes, Panel } from "./upload-panel.js";
import { Answer, isPossible, Transfer } from "./upload-transfer.js";

const form = document.querySelector("form[data-upload]");

/** A name as one device and the server write it: accents and edges may differ on another. */
function plain(name) {
  return name.normalize("NFC").trim();
}

class Page {
  constructor() {
    this.words = form.dataset;
    this.input = form.querySelector("input[type=file]");
    this.fields = document.getElementById("upload-fields");
    this.list = document.getElementById("unfinished");
    this.problem = document.getElementById("upload-problem");
    this.panel = new Panel(document.getElementById("sending"));
    this.question = document.getElementById("drop-question");
    this.awake = new Awake();
    this.wanted = this.asked = null;
    this.#listen();
    this.#offerToGoOn();
  }

  #listen() {
    const { pause, resume, drop } = this.panel.parts;
    this.input.addEventListener("click", () => {
      // A click of the person's own asks for any file.
      this.wanted = this.asked;
      this.asked = null;
    });
    this.input.addEventListener("change", () => this.#chosen());
    form.addEventListener("submit", (event) => this.#submitted(event));
    this.list.addEventListener("click", (event) => this.#goOnWith(event.target.closest("[data-go-on]")));
    this.list.addEventListener("submit", (event) => this.#dropListed(event));
    pause.addEventListener("click", () => this.#pause());
    resume.addEventListener("click", () => this.#start());
    drop.addEventListener("click", () => this.#drop());
  }

  // --- what is chosen

  #chosen() {
    const [file] = this.input.files;
    const wanted = this.wanted;
    this.wanted = null;
    this.#complain("");
    if (!file) return;
    const complaint = this.#fault(file, wanted);
    if (complaint) {
      this.#forgetFile();
      this.#complain(complaint);
      return;
    }
    const found = wanted ?? this.#listed(file);
    if (found) this.#begin(file, found.url);
  }

  /** Why this file cannot be sent, in a sentence; "" where it can. */
  #fault(file, wanted) {
    if (file.size === 0) return this.words.sayEmpty;
    if (wanted && file.size !== wanted.size) return fill(this.words.sayOther, { name: wanted.name });
    if (file.size > Number(this.words.maxBytes)) return this.words.sayTooLarge;
    if (this.fields.dataset.closed && !wanted && !this.#listed(file)) return this.words.sayClosed;
    return "";
  }

  /** The unfinished upload of this very file that is furthest, as {url, name, size, offset}. */
  #listed(file) {
    return this.#everyListed()
      .filter(({ name, size }) => size === file.size && plain(name) === plain(file.name))
      .sort((one, other) => other.offset - one.offset)[0];
  }

  #everyListed() {
    return Array.from(this.list.querySelectorAll("[data-url]"), (item) => {
      const { url, name, size, offset } = item.dataset;
      return { url, name, size: Number(size), offset: Number(offset) };
    });
  }

  #goOnWith(button) {
    if (!button) return;
    const { url } = button.closest("[data-url]").dataset;
    this.#forgetFile();
    this.asked = this.#everyListed().find((upload) => upload.url === url);
    this.input.click();
  }

  #forgetFile() {
    this.input.value = "";
    this.input.dispatchEvent(new Event("change"));
  }

  // --- sending

  #submitted(event) {
    event.preventDefault();
    const [file] = this.input.files;
    if (file) this.#begin(file, null);
  }

  #begin(file, place) {
    const entries = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken");
    this.transfer = new Transfer({
      file,
      place,
      endpoint: new URL(this.words.endpoint, location.href).href,
      metadata: { ...Object.fromEntries(entries), filename: file.name },
      chunkBytes: Number(this.words.chunkBytes),
      hashScript: this.words.hashScript,
      look: () => this.#look(file),
      on: {
        progress: (sent) => this.panel.progress(sent),
        hashing: () => this.panel.set("hashing"),
        waiting: ({ status }) => this.panel.set("waiting", status ? this.words.sayBusy : this.words.sayLost),
        stopped: (meant, answer) => this.#stopped(meant, answer),
        done: () => this.#done(),
      },
    });
    this.#complain("");
    this.#show(true);
    this.panel.open(file);
    this.panel.parts.pause.focus();
    this.#start();
  }

  #start() {
    this.panel.set("looking");
    this.panel.parts.signIn.hidden = true;
    this.awake.set(true);
    this.transfer.start();
    this.panel.parts.pause.focus();
  }

  #pause(why = "") {
    this.transfer.pause();
    this.awake.set(false);
    this.panel.set("paused", why);
    this.panel.parts.resume.focus();
  }

  /** What the server knows of this desk now: the list is shown anew, the form gets a new token. */
  async #look(file) {
    const response = await fetch(location.pathname, { cache: "no-store" });
    // Sent to the sign-in page, or the desk of somebody else now.
    if (response.redirected || response.status === 404) throw new Answer(401);
    if (!response.ok) throw new Answer(response.status);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("form[data-upload]");
    if (!fresh) throw new Answer(410, { message: this.words.sayClosed });
    this.list.replaceChildren(...page.getElementById("unfinished").childNodes);
    this.#offerToGoOn();
    const token = form.elements.csrfmiddlewaretoken;
    token.value = fresh.elements.csrfmiddlewaretoken.value;
    return { token: token.value, place: file && this.#listed(file)?.url };
  }

  #stopped(meant, { sentence }) {
    if (meant === "signed_out") {
      this.#pause(this.words.saySignedOut);
      this.panel.parts.signIn.hidden = false;
    } else if (meant === "no_space") {
      this.#pause(sentence || this.words.sayRefused);
    } else {
      const own = { unreadable: this.words.sayUnreadable, gone: this.words.sayGone };
      this.#giveUp(own[meant] ?? (sentence || this.words.sayRefused));
    }
  }

  #done() {
    this.awake.set(false);
    // The address of this page with the video's state in view; a fragment alone would not load it.
    history.scrollRestoration = "manual";
    history.replaceState(null, "", "#video-state");
    location.reload();
  }

  // --- ending without a video

  async #drop() {
    if (!(await this.#isSure())) return;
    // It may have arrived while the question stood there.
    if (this.panel.state === "storing") return;
    this.awake.set(false);
    this.panel.set("dropping");
    try {
      await this.transfer.drop();
    } catch {
      this.#pause(this.words.sayNotDropped);
      return;
    }
    this.#giveUp("");
  }

  /** Without asking the button would be too near to the other one. */
  async #dropListed(event) {
    event.preventDefault();
    const asked = event.target;
    if (await this.#isSure()) asked.submit();
  }

  #isSure() {
    return new Promise((done) => {
      this.question.addEventListener("close", () => done(this.question.returnValue === "drop"), { once: true });
      this.question.returnValue = "";
      this.question.showModal();
    });
  }

  /** Back to the form, where another file can be chosen. */
  #giveUp(sentence) {
    this.transfer.pause();
    this.awake.set(false);
    this.panel.close();
    this.#show(false);
    this.#forgetFile();
    this.#complain(sentence);
    this.#look(null).catch(() => null);
    this.input.focus();
  }

  // --- what is shown

  #show(isSending) {
    this.fields.hidden = isSending;
    this.list.hidden = isSending || !this.list.querySelector("[data-url]");
  }

  /** What only works with this script. */
  #offerToGoOn() {
    for (const button of this.list.querySelectorAll("[data-go-on]")) button.hidden = false;
    this.#show(!this.panel.box.hidden);
  }

  #complain(sentence) {
    this.problem.hidden = !sentence;
    this.problem.querySelector("p").textContent = sentence;
    if (sentence) this.problem.scrollIntoView({ block: "nearest" });
  }
}

if (form && isPossible) new Page();
