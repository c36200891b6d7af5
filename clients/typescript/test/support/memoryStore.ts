// A client's store that lives as long as the test.
import type { ClientStore, StoredClient, StoredMessage, StoredPlace } from "distributed-sockets";

export class MemoryStore implements ClientStore {
  #messages: StoredMessage[] = [];
  #place?: StoredPlace;

  load(): StoredClient {
    return { place: this.#place, messages: [...this.#messages] };
  }

  add(message: StoredMessage): void {
    this.#messages.push(message);
  }

  remove(id: string): void {
    this.#messages = this.#messages.filter((message) => message.id !== id);
  }

  save(place: StoredPlace): void {
    this.#place = place;
  }
}
