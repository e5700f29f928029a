// The player of a marking page: J, K, L and space, ten seconds back and on, a speed that is kept.
// Without this script the browser's own controls play the video.

const video = document.querySelector("video.video");
const bar = document.querySelector("[data-player]");
const KEPT = "marking-speed";

function isTyping(target) {
  return target.matches("textarea, select, [contenteditable]")
    || (target.matches("input") && !target.matches(".mark-field"));
}

/** A rejected play() is the browser's to explain: it shows what is wrong in the player. */
function toggle() {
  if (video.paused) video.play().catch(() => {});
  else video.pause();
}

function move(seconds) {
  const end = Number.isFinite(video.duration) ? video.duration : Infinity;
  video.currentTime = Math.min(end, Math.max(0, video.currentTime + seconds));
}

function keptSpeed() {
  try {
    return localStorage.getItem(KEPT) ?? "1";
  } catch {
    return "1";
  }
}

if (video && bar) {
  const speed = bar.querySelector("[data-speed]");
  const button = bar.querySelector("[data-toggle]");
  const setSpeed = (value) => {
    if (![...speed.options].some((option) => option.value === value)) return;
    speed.value = value;
    video.defaultPlaybackRate = Number(value);
    video.playbackRate = Number(value);
  };

  bar.hidden = false;
  setSpeed(keptSpeed());
  speed.addEventListener("change", () => {
    setSpeed(speed.value);
    try {
      localStorage.setItem(KEPT, speed.value);
    } catch {
      // It holds for this page.
    }
  });
  button.addEventListener("click", toggle);
  for (const part of bar.querySelectorAll("[data-move]")) {
    part.addEventListener("click", () => move(Number(part.dataset.move)));
  }
  const name = () => {
    button.textContent = video.paused ? button.dataset.play : button.dataset.pause;
  };
  video.addEventListener("play", name);
  video.addEventListener("pause", name);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
    const key = event.key.toLowerCase();
    // Space on a button or a link is that one's own.
    if (key === " " && event.target.closest("button, a, summary")) return;
    const act = { j: () => move(-10), k: toggle, l: () => move(10), " ": toggle }[key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
