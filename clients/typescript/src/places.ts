// The device's places: one in the inbox, one in each room.
import { Place } from "./place.js";
import { command } from "./wire.js";

export class Places {
  readonly #rooms = new Map<string, Place>();
  readonly #moved: () => void;
  readonly inbox: Place;

  constructor(moved: () => void, inboxMoved: () => void) {
    this.#moved = moved;
    this.inbox = new Place(inboxMoved);
  }

  /** The place in a room, or in the inbox where there is no room. */
  of(room: string | undefined): Place {
    if (room === undefined) {
      return this.inbox;
    }

    const place = this.#rooms.get(room) ?? new Place(this.#moved);
    this.#rooms.set(room, place);
    return place;
  }

  /** The rooms that this device has a place in. */
  get rooms(): string[] {
    return [...this.#rooms.keys()];
  }

  /** A message of one's own has that place in a room; nothing where the room was left meanwhile. */
  reach(room: string, seq: number): void {
    this.#rooms.get(room)?.reach(seq);
  }

  leave(room: string): void {
    this.#rooms.delete(room);
  }

  /** An acknowledgement that is due, as a command. */
  next(): string | undefined {
    const seq = this.inbox.news();
    if (seq !== undefined) {
      return command("ack", { seq });
    }

    for (const [room, place] of this.#rooms) {
      const rseq = place.news();
      if (rseq !== undefined) {
        return command("ack", { room, rseq });
      }
    }

    return undefined;
  }
}
