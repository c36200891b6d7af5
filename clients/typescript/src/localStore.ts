// A store in the browser's localStorage or sessionStorage.
import type { ClientStore, StoredClient, StoredMessage, StoredPlace } from "./store.js";

/** What the store needs of `localStorage` and `sessionStorage`. Its members are the standard's. */
export interface WebStorage {
  /** How many items there are. */
  readonly length: number;

  /** The key of one of them. */
  key(index: number): string | null;

  /** The value of a key. */
  getItem(key: string): string | null;

  /** Sets the value of a key; fails where there is no room. */
  setItem(key: string, value: string): void;

  /** Takes a key out. */
  removeItem(key: string): void;
}

/**
 * Keeps outbox and place in `localStorage`: simple, and kept at once. It has room for some megabytes; for more use {@link IndexedDbStore}.
 *
 * `localStorage` is shared by all tabs of a site, and one device can be connected once: where several tabs may be open, give `sessionStorage`,
 * which survives reloads of its tab and is not shared.
 *
 * @example
 * ```ts
 * new DistributedSocketsClient({ nodes, user: "alice", store: new LocalStorageStore("chat/alice") });
 * ```
 */
export class LocalStorageStore implements ClientStore {
  readonly #prefix: string;
  readonly #storage: WebStorage;
  readonly #keys = new Map<string, string>();
  #last = 0;

  /**
   * @param name What its keys begin with: a name of its own for each user.
   * @param storage Where; `localStorage` by default.
   */
  constructor(name: string, storage: WebStorage = localStorage) {
    this.#prefix = `${name}/`;
    this.#storage = storage;
  }

  /** What was kept. */
  load(): StoredClient {
    const place = this.#storage.getItem(`${this.#prefix}place`);
    const messages = Array.from({ length: this.#storage.length }, (_, index) => this.#storage.key(index)!)
      .filter((key) => key.startsWith(`${this.#prefix}message/`))
      .sort((one, other) => numberOf(one) - numberOf(other))
      .map((key) => {
        const message = JSON.parse(this.#storage.getItem(key)!) as StoredMessage;
        this.#keys.set(message.id, key);
        this.#last = numberOf(key);
        return message;
      });
    return { place: place === null ? undefined : (JSON.parse(place) as StoredPlace), messages };
  }

  /** A message is to be sent. */
  add(message: StoredMessage): void {
    const key = `${this.#prefix}message/${++this.#last}`;
    this.#storage.setItem(key, JSON.stringify(message));
    this.#keys.set(message.id, key);
  }

  /** A message need not be sent any more. */
  remove(id: string): void {
    const key = this.#keys.get(id);
    if (key !== undefined) {
      this.#storage.removeItem(key);
      this.#keys.delete(id);
    }
  }

  /** Where the device stands. */
  save(place: StoredPlace): void {
    this.#storage.setItem(`${this.#prefix}place`, JSON.stringify(place));
  }
}

function numberOf(key: string): number {
  return Number(key.slice(key.lastIndexOf("/") + 1));
}
