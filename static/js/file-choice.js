// Gives a file field a button and a line in the page's own words; without this script the browser's
// own field stays. Words: data-choose and data-nothing of the field, else of the form.
for (const input of document.querySelectorAll(
  "form[data-choose] input[type=file], input[type=file][data-choose]",
)) {
  const { choose, nothing } = input.dataset.choose ? input.dataset : input.form.dataset;
  const box = document.createElement("div");
  const button = document.createElement("label");
  const line = document.createElement("span");
  box.className = "file-choice";
  button.className = "btn btn-plain";
  button.htmlFor = input.id;
  button.textContent = choose;
  const show = () => {
    line.textContent = Array.from(input.files, (file) => file.name).join(", ") || nothing;
  };
  input.before(box);
  box.append(input, button, line);
  input.addEventListener("change", show);
  // A browser that goes back keeps the choice; a form that is emptied loses it.
  input.form.addEventListener("reset", () => window.setTimeout(show));
  show();
}
