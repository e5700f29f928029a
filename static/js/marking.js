// The score sheet: a running total, the strips, and a word about what is not saved yet.
// The server checks every mark again; without this script it shows the total after each save.

const form = document.querySelector("[data-marking]");

if (form) {
  const decimal = form.dataset.decimal;
  const fields = [...form.querySelectorAll(".mark-field")];
  const total = form.querySelector("[data-total]");
  const given = form.querySelector("[data-given]");
  const unsaved = form.querySelector("[data-unsaved]");
  const saved = form.querySelector("[data-saved]");
  const inOrder = [...fields, form.elements.remark];
  const written = () => JSON.stringify(inOrder.map((field) => field.value));
  const before = written();
  const hasErrors = form.querySelector(".criterion.wrong") !== null;
  let leaving = false;

  // Half points as whole numbers, so that no sum is ever rounded.
  function halves(text) {
    const clean = text.normalize("NFKC").trim();
    if (!/^\d{1,6}([.,]\d{1,6})?$/.test(clean)) return null;
    const twice = Number(clean.replace(",", ".")) * 2;
    return Number.isInteger(twice) ? twice : null;
  }

  function words(twice) {
    return twice % 2 ? `${(twice - 1) / 2}${decimal}5` : String(twice / 2);
  }

  function show() {
    let sum = 0;
    let count = 0;
    for (const field of fields) {
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
    total.textContent = words(sum);
    given.textContent = given.textContent.replace(/\d+/, String(count));
    const changed = written() !== before || hasErrors;
    unsaved.hidden = !changed;
    if (saved) saved.hidden = changed;
  }

  form.addEventListener("input", show);
  form.addEventListener("submit", () => { leaving = true; });
  form.addEventListener("keydown", (event) => {
    // Enter goes to the next field, as on a phone's keyboard; only a button hands in.
    if (event.key !== "Enter" || !event.target.classList.contains("mark-field")) return;
    event.preventDefault();
    inOrder[inOrder.indexOf(event.target) + 1].focus();
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && written() !== before) event.preventDefault();
  });
  // A page taken from the browser's memory shows what was typed; say again what is unsaved.
  window.addEventListener("pageshow", () => { leaving = false; show(); });
}
