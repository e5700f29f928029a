// The receipt: forget what the device kept of this attempt, and print.

import { Shelf } from "./quiz-shelf.js";

new Shelf(document.getElementById("result").dataset.attempt).clear();
const print = document.getElementById("print");
print.hidden = false;
print.addEventListener("click", () => window.print());
