// Acknowledged messages whose receipts are still to come.
import { Deferred } from "./deferred.js";
import { ClientError } from "./errors.js";
import type { Receipt, SentMessage, Target } from "./model.js";
import { isRoom } from "./wire.js";

/** A message that was acknowledged, and what its receipts complete. */
export class Sent implements SentMessage {
  readonly target: Target;
  readonly id: string;
  readonly mid: string;
  readonly seq: number;
  readonly at: Date;
  readonly isDuplicate: boolean;
  readonly #delivered = new Deferred<Receipt>();
  readonly #read = new Deferred<Receipt>();
  #outcome?: Receipt["state"];
  #isRead = false;

  constructor(target: Target, id: string, mid: string, seq: number, at: Date, isDuplicate: boolean) {
    this.target = target;
    this.id = id;
    this.mid = mid;
    this.seq = seq;
    this.at = at;
    this.isDuplicate = isDuplicate;
  }

  get delivered(): Promise<Receipt> {
    return this.#delivered.promise;
  }

  get read(): Promise<Receipt> {
    return this.#read.promise;
  }

  /** Returns whether nothing more can come. */
  take(receipt: Receipt): boolean {
    if (receipt.state === "read") {
      this.#isRead = true;
      this.#read.resolve(receipt);
    } else {
      this.#outcome = receipt.state;
      this.#delivered.resolve(receipt);
    }

    return this.#outcome !== undefined && (this.#isRead || this.#outcome !== "delivered");
  }

  /** Nobody looks for its receipts any more. */
  forget(): void {
    const reason = new ClientError("forgotten", "The receipt is not waited for any more: the client is closed, or has more messages to track (the option trackedMessages).");
    this.#delivered.reject(reason);
    this.#read.reject(reason);
  }
}

/** The last messages that were acknowledged, by what receipts call them; and receipts that came before the acknowledgement of a message that was sent again. */
export class Deliveries {
  readonly #capacity: number;
  readonly #sent = new Map<string, Sent>();
  readonly #early = new Map<string, Receipt>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(sent: Sent): void {
    if (isRoom(sent.target)) {
      return;
    }

    this.#sent.set(sent.mid, sent);
    const early = this.#early.get(sent.mid);
    if (early) {
      this.#early.delete(sent.mid);
      sent.take(early);
    }

    dropOldest(this.#sent, this.#capacity)?.forget();
  }

  /** `upTo`: what was read, as a place in the peer's inbox. */
  take(receipt: Receipt, upTo: number | undefined): void {
    if (receipt.state === "read" && upTo !== undefined) {
      for (const sent of [...this.#sent.values()].filter((sent) => sent.target === receipt.peer && sent.seq <= upTo)) {
        this.#take(sent, receipt);
      }

      return;
    }

    for (const mid of receipt.mids) {
      const sent = this.#sent.get(mid);
      if (sent) {
        this.#take(sent, receipt);
      } else {
        this.#early.set(mid, receipt);
        dropOldest(this.#early, this.#capacity);
      }
    }
  }

  end(): void {
    for (const sent of this.#sent.values()) {
      sent.forget();
    }

    this.#sent.clear();
  }

  #take(sent: Sent, receipt: Receipt): void {
    if (sent.take(receipt)) {
      this.#sent.delete(sent.mid);
    }
  }
}

function dropOldest<T>(map: Map<string, T>, capacity: number): T | undefined {
  for (const [key, oldest] of map) {
    if (map.size <= capacity) {
      return undefined;
    }

    map.delete(key);
    return oldest;
  }

  return undefined;
}
