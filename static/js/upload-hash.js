// A worker beside an upload: the SHA-256 of a file of any size, read piece by piece. (What browsers
// have built in hashes only what fits into memory.) Answers with "" where the file cannot be read.
import { sha256 } from "../vendor/noble/sha2.js";

const PIECE = 4 * 1024 * 1024;

async function hexDigest(file) {
  const running = sha256.create();
  for (let at = 0; at < file.size; at += PIECE) {
    running.update(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()));
  }
  return Array.from(running.digest(), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

addEventListener("message", async ({ data }) => {
  postMessage(await hexDigest(data).catch(() => ""));
});
