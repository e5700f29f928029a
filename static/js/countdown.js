// The countdown of a contest's page: <p class="countdown" data-until="ISO" data-now="ISO">.
// `data-now` is the server's clock when the page was made; from then on only elapsed time counts,
// so a phone that is set wrong still shows the right rest. The figures stand
// in <b data-part="days|hours|minutes">; without this script they show what the server wrote.

const MINUTE = 60_000;

/** Whole days, hours and minutes of a rest in milliseconds; the last started minute counts. */
export function parts(restMs) {
  const minutes = Math.max(0, Math.ceil(restMs / MINUTE));
  return {
    days: Math.floor(minutes / 1440),
    hours: Math.floor((minutes % 1440) / 60),
    minutes: minutes % 60,
  };
}

/** Milliseconds since the page was made. A sleeping device may stop either clock, never gain on it. */
function stopwatch() {
  const [navigation] = performance.getEntriesByType("navigation");
  const monotonic = navigation?.responseStart || performance.now();
  const wall = Date.now() - (performance.now() - monotonic);
  return () => Math.max(performance.now() - monotonic, Date.now() - wall);
}

function show(element, rest) {
  const now = parts(rest);
  for (const figure of element.querySelectorAll("[data-part]")) {
    const value = now[figure.dataset.part];
    const text = figure.dataset.part === "days" ? String(value) : String(value).padStart(2, "0");
    if (figure.textContent !== text) figure.textContent = text;
  }
}

function start(element) {
  const atLoad = Date.parse(element.dataset.until) - Date.parse(element.dataset.now);
  if (Number.isNaN(atLoad)) return;
  const elapsed = stopwatch();
  const tick = () => {
    const rest = atLoad - elapsed();
    show(element, rest);
    if (rest > 0) setTimeout(tick, (rest % MINUTE) + 50);
  };
  tick();
  // Timers sleep with the phone: look again when the page is seen again.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) show(element, atLoad - elapsed());
  });
}

for (const element of document.querySelectorAll(".countdown[data-until]")) start(element);
