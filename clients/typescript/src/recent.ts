/** The ids of the last messages, across epochs. */
export class RecentIds {
  readonly #ids = new Set<string>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Returns false if it was among the last ones. */
  add(id: string): boolean {
    if (this.#ids.has(id)) {
      return false;
    }

    this.#ids.add(id);
    if (this.#ids.size > this.#capacity) {
      this.#ids.delete(this.#ids.values().next().value!);
    }

    return true;
  }
}
