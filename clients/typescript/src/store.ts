// What a client must not lose when its page or program ends, and who keeps it.
import type { Target } from "./model.js";
import type { Logger } from "./options.js";

/**
 * Keeps what a client must not lose over reloads. Calls come one at a time, {@link load} first. One client at a time, and one user for ever:
 * what is in the outbox is sent as whoever connects with it.
 */
export interface ClientStore {
  /** What was kept. */
  load(): StoredClient | Promise<StoredClient>;

  /** A message is to be sent: kept when this has completed. */
  add(message: StoredMessage): void | Promise<void>;

  /** A message is acknowledged, or need not be sent any more. */
  remove(id: string): void | Promise<void>;

  /** Where the device stands. Losing the last of these costs repeated messages, not lost ones. */
  save(place: StoredPlace): void | Promise<void>;
}

/** What a store holds. */
export interface StoredClient {
  /** Where the device stands; absent if it was never connected. */
  readonly place?: StoredPlace;

  /** What is to be sent, in order. */
  readonly messages: readonly StoredMessage[];
}

/** Where a device stands. */
export interface StoredPlace {
  /** The device. */
  readonly device: string;

  /** The token of its last welcome. */
  readonly resume?: string;

  /** What {@link seq} counts in. */
  readonly epoch?: string;

  /** The last message of the inbox that the application was done with; 0 for none. */
  readonly seq: number;

  /** The id of that message, where it is known. */
  readonly mid?: string;
}

/** A message that is to be sent. */
export interface StoredMessage {
  /** Its id. */
  readonly id: string;

  /** Who it is for. */
  readonly target: Target;

  /** What goes over the wire. */
  readonly frame: string;
}

/** Writes changes to the store one at a time, and only the last of the places that come while it writes. */
export class StoreKeeper {
  readonly #store: ClientStore;
  readonly #logger: Logger;
  #turn: Promise<unknown> = Promise.resolve();
  #place?: StoredPlace;

  constructor(store: ClientStore, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** Completes when it is kept. */
  add(message: StoredMessage): Promise<void> {
    return this.#inTurn(() => this.#store.add(message));
  }

  remove(id: string): void {
    this.#behind(() => this.#store.remove(id));
  }

  save(place: StoredPlace): void {
    const isWaiting = this.#place !== undefined;
    this.#place = place;
    if (!isWaiting) {
      this.#behind(() => {
        const last = this.#place!;
        this.#place = undefined;
        return this.#store.save(last);
      });
    }
  }

  /** Completes when all that was told so far is kept. */
  async flush(): Promise<void> {
    await this.#turn;
  }

  #inTurn(work: () => void | Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  #behind(work: () => void | Promise<void>): void {
    this.#inTurn(work).catch((error) => this.#logger.error("The client's store failed", error));
  }
}
