// Where this device is in the inbox, or in a room's log: what it has seen, what the application is done with, what the node knows of it.

import { RecentIds } from "./recent.js";

/** One that was sent and is not yet done with. */
export interface Entry {
  /** Whether it lies in the log's present life. */
  readonly isCurrent: boolean;

  finish(): void;
}

interface Open {
  readonly seq: number;
  readonly mid: string;
  isDone: boolean;
}

/**
 * A place in a log. What is at or below the last place seen was seen before. The application may be done with messages in any order;
 * what is acknowledged is everything before the first one it is not done with, and never more than this connection was sent.
 */
export class Place {
  readonly #moved: () => void;
  readonly #recent = new RecentIds(1_000);
  #open: Open[] = [];
  #seen = 0;
  #here = 0;
  #told = 0;
  #life = 0;

  /** What the numbers count in; undefined before the first welcome. */
  epoch?: string;

  /** The last one that the application is done with. */
  done = 0;

  /** The id of that one, where it is known. */
  doneMid?: string;

  constructor(moved: () => void) {
    this.#moved = moved;
  }

  /** As it was when the client last ran. */
  restore(epoch: string | undefined, done: number, mid: string | undefined): void {
    this.epoch = epoch;
    this.done = this.#seen = done;
    this.doneMid = mid;
  }

  /**
   * A connection begins, which is sent what is behind `after`, else behind what the application is done with.
   * Returns whether the log has begun anew, so that nobody can tell what is missing.
   */
  begin(epoch: string, after?: number): boolean {
    const isNew = this.epoch !== undefined && this.epoch !== epoch;
    if (this.epoch !== epoch) {
      this.epoch = epoch;
      this.#seen = this.done = 0;
      this.doneMid = undefined;
      this.#open = [];
      this.#life++;
    }

    const start = after ?? this.done;
    this.#here = this.#told = start;
    if (this.#open.length === 0 && start > this.done) {
      // What lies below was acknowledged by the device before, or is none of its business.
      this.done = start;
      this.doneMid = undefined;
      this.#seen = Math.max(this.#seen, start);
    }

    return isNew;
  }

  /** Something was sent. Returns undefined if it was seen before. */
  take(seq: number, mid: string): Entry | undefined {
    this.#here = Math.max(this.#here, seq);
    if (seq <= this.#seen) {
      this.#moved();
      return undefined;
    }

    this.#seen = seq;
    const open: Open = { seq, mid, isDone: false };
    this.#open.push(open);
    const life = this.#life;
    const isCurrent = () => life === this.#life;
    return {
      get isCurrent() {
        return isCurrent();
      },
      finish: () => isCurrent() && this.#finish(open),
    };
  }

  /** Returns false if the message is among the last ones, of whichever life of the log. */
  see(mid: string): boolean {
    return this.#recent.add(mid);
  }

  /** Something of one's own has a place there; the connection may acknowledge up to it. */
  reach(seq: number): void {
    this.#here = Math.max(this.#here, seq);
  }

  /** What the node does not know yet. */
  news(): number | undefined {
    const seq = Math.min(this.done, this.#here);
    if (seq <= this.#told) {
      return undefined;
    }

    this.#told = seq;
    return seq;
  }

  #finish(open: Open): void {
    open.isDone = true;
    const was = this.done;
    while (this.#open[0]?.isDone) {
      const first = this.#open.shift()!;
      this.done = first.seq;
      this.doneMid = first.mid;
    }

    if (this.done !== was) {
      this.#moved();
    }
  }
}
