// A store in the browser's IndexedDB.
import type { ClientStore, StoredClient, StoredMessage, StoredPlace } from "./store.js";

/**
 * Keeps outbox and place in IndexedDB: room for as much as the browser gives. What was sent a moment before the page was closed may not be kept yet;
 * {@link LocalStorageStore} keeps it at once.
 *
 * @example
 * ```ts
 * new DistributedSocketsClient({ nodes, user: "alice", store: new IndexedDbStore("chat/alice") });
 * ```
 */
export class IndexedDbStore implements ClientStore {
  readonly #name: string;
  #database?: IDBDatabase;

  /** @param name The name of the database: one of its own for each user. */
  constructor(name: string) {
    this.#name = name;
  }

  /** What was kept. */
  async load(): Promise<StoredClient> {
    this.#database ??= await open(this.#name);
    return {
      place: await result<StoredPlace | undefined>(this.#objects("place", "readonly").get(0)),
      messages: await result<StoredMessage[]>(this.#objects("messages", "readonly").getAll()),
    };
  }

  /** A message is to be sent. */
  add(message: StoredMessage): Promise<void> {
    return this.#write("messages", (store) => store.add(message));
  }

  /** A message need not be sent any more. */
  remove(id: string): Promise<void> {
    return this.#write("messages", (store) => {
      const finding = store.index("id").getKey(id);
      finding.onsuccess = () => finding.result !== undefined && store.delete(finding.result);
    });
  }

  /** Where the device stands. */
  save(place: StoredPlace): Promise<void> {
    return this.#write("place", (store) => store.put(place, 0));
  }

  #objects(name: string, mode: IDBTransactionMode): IDBObjectStore {
    return this.#database!.transaction(name, mode).objectStore(name);
  }

  #write(name: string, change: (store: IDBObjectStore) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const store = this.#objects(name, "readwrite");
      store.transaction.oncomplete = () => resolve();
      store.transaction.onabort = () => reject(store.transaction.error);
      change(store);
    });
  }
}

function open(name: string): Promise<IDBDatabase> {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore("messages", { autoIncrement: true }).createIndex("id", "id");
    opening.result.createObjectStore("place");
  };
  return result(opening);
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
