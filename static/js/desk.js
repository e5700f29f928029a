// The desk while the worker has a video: asks every five seconds what became of it and shows the
// answer in place. Without this script the page has a link to reload it.

const EVERY = 5_000;

async function look(box) {
  const response = await fetch(box.dataset.stateUrl, { headers: { Accept: "application/json" } });
  // Signed out or out of reach of this person: what stands there is the last that was true.
  if (!response.ok || response.redirected) return response.status >= 500;
  const { working, html } = await response.json();
  if (html !== box.dataset.shown) box.innerHTML = html;
  box.dataset.shown = html;
  return working;
}

function watch(box) {
  const again = () => setTimeout(async () => {
    let goOn = true;
    try {
      if (!document.hidden) goOn = await look(box);
    } catch {
      goOn = true; // the network failed; it may be back in five seconds
    }
    if (goOn) again();
  }, EVERY);
  again();
}

for (const box of document.querySelectorAll("[data-state-url][data-working]")) watch(box);
