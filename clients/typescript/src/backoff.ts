// How long to wait before the next attempt.
import type { Settings } from "./settings.js";
import type { CloseInfo } from "./state.js";
import type { Push } from "./wire.js";
import { retryOf } from "./wire.js";

/** A connection that has lived for so long was a good one. */
const good = 5_000;

/** Waits by what the close code's band says, and longer the more attempts have failed in a row. */
export class Backoff {
  readonly #settings: Pick<Settings, "shortestPause" | "longestPause">;
  #failures = 0;

  constructor(settings: Pick<Settings, "shortestPause" | "longestPause">) {
    this.#settings = settings;
  }

  /**
   * @param end How the connection ended.
   * @param lived For how many milliseconds it was open; undefined if it never was.
   */
  next(end: CloseInfo, lived: number | undefined): number {
    if (lived !== undefined && lived > good) {
      this.#failures = 0;
    }

    const isAtOnce = lived !== undefined && this.#failures === 0 && band(end.code) === 42;
    const bound = Math.min(this.#settings.longestPause, this.#settings.shortestPause * 2 ** Math.min(this.#failures, 30));
    this.#failures++;
    const least = end.wait || (band(end.code) === 41 ? 1_000 : 0);
    return least + (isAtOnce ? 0 : Math.random() * bound);
  }
}

/** What a close code says about how the connection ended, and whether to come back. */
export function explain(code: number, reason: string, refusal?: Push): CloseInfo {
  return {
    code,
    // The error right before it may say more.
    reason: ([4001, 4003, 4004, 4010].includes(code) && refusal?.reason) || reason,
    // 40xx: not before something was changed. 1002, 1003, 1007: a defect of this client, which would show again.
    isFinal: band(code) === 40 || [1002, 1003, 1007].includes(code),
    wait: code === 4100 || code === 4101 ? refusal?.retryMs && retryOf(refusal) : undefined,
  };
}

function band(code: number): number {
  return Math.floor(code / 100);
}
