// Acknowledged messages whose receipts are still to come.
import { Deferred } from "./deferred.js";
import { ClientError } from "./errors.js";
import type { Receipt, Target } from "./model.js";
import { isRoom } from "./wire.js";

/** What becomes of an acknowledged message. */
export class Outcome {
  readonly peer: Target;
  readonly seq: number;
  readonly delivered = new Deferred<Receipt>();
  readonly read = new Deferred<Receipt>();
  #isDelivered = false;
  #isRead = false;

  constructor(peer: Target, seq: number) {
    this.peer = peer;
    this.seq = seq;
  }

  /** Returns whether nothing more comes: it was read, or never will be. */
  take(receipt: Receipt): boolean {
    const { state } = receipt;
    if (state === "read") {
      this.#isRead = true;
      this.read.resolve(receipt);
    } else {
      this.#isDelivered = true;
      this.delivered.resolve(receipt);
    }

    if (state === "expired" || state === "failed") {
      this.#isRead = true;
      this.read.reject(forgotten(`It has ${state}.`));
    }

    return this.#isDelivered && this.#isRead;
  }

  forget(why: string): void {
    this.delivered.reject(forgotten(why));
    this.read.reject(forgotten(why));
  }
}

/** The last messages that were acknowledged, by what receipts call them; and receipts that came before the acknowledgement of a message that was sent again. */
export class Deliveries {
  readonly #capacity: number;
  readonly #outcomes = new Map<string, Outcome>();
  readonly #early = new Map<string, Receipt>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** A message was acknowledged. Twice for one that was sent twice under one id: both have one outcome. */
  add(target: Target, mid: string, seq: number): Outcome {
    const outcome = this.#outcomes.get(mid) ?? new Outcome(target, seq);
    if (isRoom(target)) {
      outcome.forget("Rooms have no receipts.");
      return outcome;
    }

    this.#outcomes.set(mid, outcome);
    const early = this.#early.get(mid);
    if (early) {
      this.#early.delete(mid);
      this.#take(mid, outcome, early);
    }

    dropOldest(this.#outcomes, this.#capacity)?.forget("Others wait (the option trackedMessages).");
    return outcome;
  }

  /** `upTo`: what was read, as a place in the peer's inbox. */
  take(receipt: Receipt, upTo: number | undefined): void {
    if (receipt.state === "read" && upTo !== undefined) {
      for (const [mid, outcome] of [...this.#outcomes]) {
        if (outcome.peer === receipt.peer && outcome.seq <= upTo) {
          this.#take(mid, outcome, receipt);
        }
      }

      return;
    }

    for (const mid of receipt.mids) {
      const outcome = this.#outcomes.get(mid);
      if (outcome) {
        this.#take(mid, outcome, receipt);
      } else {
        this.#early.set(mid, receipt);
        dropOldest(this.#early, this.#capacity);
      }
    }
  }

  end(): void {
    for (const outcome of this.#outcomes.values()) {
      outcome.forget("The client is closed.");
    }

    this.#outcomes.clear();
  }

  #take(mid: string, outcome: Outcome, receipt: Receipt): void {
    if (outcome.take(receipt)) {
      this.#outcomes.delete(mid);
    }
  }
}

function forgotten(why: string): ClientError {
  return new ClientError("forgotten", `No such receipt comes any more. ${why}`);
}

function dropOldest<T>(map: Map<string, T>, capacity: number): T | undefined {
  const [first] = map.size > capacity ? map : [];
  if (first) {
    map.delete(first[0]);
  }

  return first?.[1];
}
