// The last seconds' page: look again when the last answers are in.

const waiting = document.getElementById("waiting");
setTimeout(() => location.reload(), Number(waiting.dataset.wait));
