/** So many a second, and as many saved up: below what a node takes, so that it refuses none. */
export class Pace {
  readonly #perSecond: number;
  #tokens: number;
  #last = performance.now();

  constructor(perSecond: number) {
    this.#perSecond = this.#tokens = perSecond;
  }

  /** Takes one, or returns in how many milliseconds there is one. */
  take(): number {
    const now = performance.now();
    this.#tokens = Math.min(this.#perSecond, this.#tokens + ((now - this.#last) / 1_000) * this.#perSecond);
    this.#last = now;
    if (this.#tokens >= 1) {
      this.#tokens--;
      return 0;
    }

    return ((1 - this.#tokens) / this.#perSecond) * 1_000;
  }
}
