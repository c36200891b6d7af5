// What a client is made of. All of it outlives connections.
import type { ClientEvents } from "./client.js";
import { Deliveries } from "./deliveries.js";
import { Emitter } from "./emitter.js";
import type { ClientError } from "./errors.js";
import { FrameLimit } from "./frameLimit.js";
import { MessageQueue } from "./messages.js";
import type { Settings } from "./settings.js";
import { Outbox } from "./outbox.js";
import { Places } from "./places.js";
import { Requests } from "./requests.js";
import { RoomWatching } from "./roomWatching.js";
import { StoreKeeper } from "./store.js";
import { Watching } from "./watching.js";

export class Parts {
  readonly settings: Settings;
  readonly events: Emitter<ClientEvents>;
  readonly keeper?: StoreKeeper;
  readonly outbox: Outbox;
  readonly requests: Requests;
  readonly places: Places;
  readonly deliveries: Deliveries;
  readonly messages = new MessageQueue();
  readonly limit = new FrameLimit();
  readonly watching: Watching;
  readonly roomWatching: RoomWatching;

  /** Commands for the present connection only. */
  #now: string[] = [];

  /**
   * @param wake Called when there may be something to write.
   * @param save Called when the place in the inbox has moved.
   */
  constructor(settings: Settings, wake: () => void, save: () => void) {
    this.settings = settings;
    this.events = new Emitter(settings.logger);
    this.keeper = settings.store && new StoreKeeper(settings.store, settings.logger);
    this.outbox = new Outbox(settings, this.limit, this.keeper, wake);
    this.requests = new Requests(settings.outboxCapacity, this.limit, wake);
    this.places = new Places(wake, () => {
      save();
      wake();
    });
    this.deliveries = new Deliveries(settings.trackedMessages);
    this.watching = new Watching(this.requests, this.events, settings.logger);
    this.roomWatching = new RoomWatching(this.requests, this.events, settings.logger);
  }

  /** Returns false if too much waits. */
  addNow(command: string): boolean {
    return this.#now.length < this.settings.outboxCapacity && this.#now.push(command) > 0;
  }

  /** A connection begins: everything that has no answer is said again. */
  begin(perSecond: number): void {
    this.#now = [];
    this.requests.begin();
    this.outbox.begin(perSecond);
  }

  /** What is written next: what is said at once, acknowledgements, questions, messages. */
  next(most: number): string | undefined {
    if (this.#now.length > 0) {
      return this.#now[0]!.length * 3 <= most ? this.#now.shift() : undefined;
    }

    return this.places.next() ?? this.requests.take(most) ?? this.outbox.take(most);
  }

  /** Nothing is sent or comes any more. `isFailure`: who reads messages is told why. */
  end(reason: ClientError, isFailure: boolean): void {
    this.outbox.end(reason);
    this.requests.end(reason);
    this.deliveries.end();
    this.messages.end(isFailure ? reason : undefined);
  }
}
