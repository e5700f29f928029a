// The score sheet: a running total, the strips, keys, and a draft that saves itself.
// What is said to be saved the server has acknowledged; what is not is kept on this device and sent
// again. Without this script the page is a plain form with a button to save.

const form = document.querySelector("[data-marking]");
const TYPED = 600;
const TIMEOUT = 10_000;
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 15_000;
const HOURS = new Intl.DateTimeFormat("vi", { timeStyle: "medium", timeZone: "Asia/Ho_Chi_Minh" });

/** Half points as whole numbers, so that no sum is ever rounded; null for what is no number. */
function halves(text) {
  const clean = text.normalize("NFKC").trim();
  if (!/^\d{1,6}([.,]\d{1,6})?$/.test(clean)) return null;
  const twice = Number(clean.replace(",", ".")) * 2;
  return Number.isInteger(twice) ? twice : null;
}

/** What this device keeps of a sheet until it is acknowledged; nothing where it keeps nothing. */
class Kept {
  constructor(sheet) {
    this.key = `sheet-${sheet}`;
  }

  read() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.key));
      return kept && typeof kept === "object" && kept.fields ? kept : null;
    } catch {
      return null;
    }
  }

  write(kept) {
    try {
      if (kept) localStorage.setItem(this.key, JSON.stringify(kept));
      else localStorage.removeItem(this.key);
    } catch {
      // The page alone holds it then, and warns before it is left.
    }
  }
}

class Sheet {
  constructor(element) {
    this.form = element;
    this.decimal = element.dataset.decimal;
    this.fields = [...element.querySelectorAll(".mark-field")];
    this.inOrder = [...this.fields, element.elements.remark, element.elements.notes];
    this.state = element.querySelector("[data-state]");
    this.total = element.querySelector("[data-total]");
    this.given = element.querySelector("[data-given]");
    this.kept = new Kept(element.dataset.sheet);
    // What the server wrote, and not what was typed before this script had come.
    this.stored = this.written("defaultValue");
    this.failures = 0;
    this.savedAt = "";
    this.timer = 0;
    this.sending = false;
    // What was sent and got no answer: sent once more as it was, for it may have been stored.
    this.unanswered = null;
    this.pressed = null;
    this.stopped = false;
    this.leaving = false;
  }

  written(of = "value") {
    return JSON.stringify(Object.fromEntries(this.inOrder.map((field) => [field.name, field[of]])));
  }

  get isChanged() {
    return this.written() !== this.stored;
  }

  /** What a crash or a lost line left on this device comes back into the fields. */
  restore() {
    const kept = this.kept.read();
    if (!kept) return;
    if (kept.sent && kept.revision !== this.form.elements.revision.value) {
      this.kept.write(null);
      return;
    }
    for (const field of this.inOrder) {
      if (field.value !== field.defaultValue) continue;
      if (typeof kept.fields[field.name] === "string") field.value = kept.fields[field.name];
    }
    // Saved since by another window: the server finds that out, and shows both.
    if (this.isChanged) this.form.elements.revision.value = kept.revision;
    else this.kept.write(null);
  }

  show() {
    let sum = 0;
    let count = 0;
    for (const field of this.fields) {
      const most = halves(field.dataset.most);
      const mark = halves(field.value);
      const valid = mark !== null && mark <= most;
      const row = field.closest(".criterion");
      const part = row.querySelector(".given");
      row.classList.toggle("out-of-range", field.value.trim() !== "" && !valid);
      part.setAttribute("visibility", valid ? "visible" : "hidden");
      if (!valid) continue;
      const share = `${((100 * mark) / most).toFixed(2)}%`;
      part.querySelector(".fill").setAttribute("width", share);
      part.querySelector(".here").setAttribute("cx", share);
      row.querySelector("[data-unmarked]")?.remove();
      if (!row.querySelector("p")) row.classList.remove("missing");
      sum += mark;
      count += 1;
    }
    this.total.textContent = this.words(sum);
    this.given.textContent = this.given.textContent.replace(/\d+/, String(count));
  }

  words(twice) {
    return twice % 2 ? `${(twice - 1) / 2}${this.decimal}5` : String(twice / 2);
  }

  say(kind, time) {
    this.state.className = `save-state ${kind}`;
    this.state.textContent = this.state.dataset[kind].replace("{time}", time ?? "");
  }

  /** Something was typed: keep it, and save it after a short rest. */
  changed() {
    this.show();
    if (this.stopped) return;
    if (!this.isChanged && !this.unanswered) {
      // Typed back to what is stored.
      this.kept.write(null);
      if (this.savedAt) this.say("saved", this.savedAt);
      return;
    }
    this.kept.write({ revision: this.form.elements.revision.value, fields: JSON.parse(this.written()) });
    this.plan(TYPED);
  }

  plan(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  async save() {
    if (this.sending || this.stopped || this.leaving) return;
    if (!this.isChanged && !this.unanswered) return;
    this.sending = true;
    this.unanswered ??= { written: this.written(), body: new FormData(this.form) };
    if (!this.failures) this.say("saving");
    const answer = await this.ask(this.unanswered.body);
    this.sending = false;
    if (this.leaving) return;
    this.heed(answer);
    const { pressed } = this;
    this.pressed = null;
    if (pressed && !this.leaving && !this.failures) pressed.click();
  }

  heed(answer) {
    if (answer.status === 200) this.acknowledged(this.unanswered.written, answer.content);
    else if (answer.status === 409 || answer.status === 410) this.giveOver();
    else {
      this.failures += 1;
      this.say(answer.signedOut ? "ended" : "unsaved");
      this.state.classList.add("unsaved");
      this.plan(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.failures - 1)) * (0.75 + Math.random() / 2));
    }
  }

  /** Send what is written; a status of 0 where nothing in our own words came back. */
  async ask(body) {
    const patience = new AbortController();
    setTimeout(() => patience.abort(), TIMEOUT);
    try {
      const response = await fetch(this.form.dataset.save, {
        method: "POST", body, signal: patience.signal, cache: "no-store",
      });
      if (response.redirected || response.status === 403) return { status: 0, signedOut: true };
      return { status: response.status, content: await response.json() };
    } catch {
      return { status: 0 };
    }
  }

  acknowledged(sent, { revision, saved_at: savedAt, errors }) {
    this.failures = 0;
    this.unanswered = null;
    this.form.elements.revision.value = revision;
    const wrong = Object.keys(errors);
    this.stored = wrong.length ? this.without(sent, wrong) : sent;
    if (this.isChanged) {
      this.kept.write({ revision, fields: JSON.parse(this.written()) });
      // A field that is wrong waits for its judge; the rest goes on.
      if (this.written() !== sent) this.plan(TYPED);
    } else this.kept.write(null);
    this.savedAt = HOURS.format(new Date(savedAt));
    if (wrong.length) this.say("wrong");
    else this.say("saved", this.savedAt);
  }

  /** What was sent, but for the fields the server did not take. */
  without(sent, names) {
    const before = JSON.parse(this.stored);
    const fields = JSON.parse(sent);
    for (const name of names) fields[name] = before[name];
    return JSON.stringify(fields);
  }

  /** Another window saved, or marks are taken no more: the plain form's answer shows how it stands. */
  giveOver() {
    this.stopped = true;
    this.leave();
    this.form.querySelector("[name=_save]").click();
  }

  leave() {
    this.leaving = true;
    clearTimeout(this.timer);
  }

  /**
   * The plain form is sent with all that is kept here; should it not arrive, that comes back. It
   * waits for the answer to a save on its way, which tells the revision that it must name.
   */
  submitted(event) {
    if (this.sending) {
      event.preventDefault();
      this.pressed = event.submitter;
      return;
    }
    this.leave();
    const kept = this.kept.read();
    if (kept) this.kept.write({ ...kept, sent: true });
  }

  /** After the server's answer to the plain form its fields hold what is not saved, and why. */
  wait() {
    this.stopped = true;
    this.stored = "";
  }

  step(field, halfPoints) {
    const most = halves(field.dataset.most);
    const now = halves(field.value) ?? 0;
    field.value = this.words(Math.min(most, Math.max(0, now + halfPoints)));
    this.changed();
  }

  key(event) {
    const { target } = event;
    const isMark = target.classList.contains("mark-field");
    if (event.key === "Enter" && event.ctrlKey) {
      event.preventDefault();
      this.form.querySelector("[name=_submit]").click();
    } else if (event.key === "Enter" && isMark) {
      // As on a phone's keyboard; only a button hands in.
      event.preventDefault();
      this.inOrder[this.inOrder.indexOf(target) + 1].focus();
    } else if (isMark && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      this.step(target, event.key === "ArrowUp" ? 1 : -1);
    } else if (!event.ctrlKey && !event.altKey && !event.metaKey && /^[1-9]$/.test(event.key)
        && !target.matches("input, textarea, select")) {
      const field = this.fields[Number(event.key) - 1];
      if (!field) return;
      event.preventDefault();
      field.focus();
      field.select();
    }
  }
}

if (form) {
  const sheet = new Sheet(form);
  if (form.querySelector("[role=alert]")) sheet.wait();
  else sheet.restore();
  sheet.changed();
  form.querySelector("[data-keys]").hidden = false;
  form.addEventListener("input", () => {
    sheet.stopped = false;
    sheet.changed();
  });
  form.addEventListener("submit", (event) => sheet.submitted(event));
  document.addEventListener("keydown", (event) => sheet.key(event));
  addEventListener("online", () => sheet.plan(0));
  addEventListener("beforeunload", (event) => {
    if (!sheet.leaving && sheet.isChanged) event.preventDefault();
  });
  // Taken from the browser's memory the page is old.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
