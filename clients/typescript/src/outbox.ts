// What was given to be sent and is not acknowledged yet, in order. It outlives connections.
import { Deferred, unlessAborted } from "./deferred.js";
import { ClientError } from "./errors.js";
import type { FrameLimit } from "./frameLimit.js";
import type { SentMessage, Target } from "./model.js";
import type { Settings } from "./settings.js";
import { Pace } from "./pace.js";
import type { StoredMessage, StoreKeeper } from "./store.js";

/** What a node reads from one connection without having stored it; more would only fill the network's buffers. */
const mostUnderWay = 256;

const shortestPause = 250;

/** A command that is sent until it is acknowledged. */
export class OutboxEntry {
  readonly target: Target;
  readonly id: string;
  readonly frame: string;
  readonly answer = new Deferred<SentMessage>();

  /** Written on this connection; no answer yet. */
  isSent = false;

  constructor(target: Target, id: string, frame: string) {
    this.target = target;
    this.id = id;
    this.frame = frame;
  }
}

/**
 * Sends each entry until it is answered, in the order in which they came. Whatever a node refuses for a while holds up all that is behind it:
 * what waited behind it was refused too, or may have been taken.
 */
export class Outbox {
  readonly #settings: Pick<Settings, "outboxCapacity" | "whenOutboxFull">;
  readonly #keeper?: StoreKeeper;
  readonly #news: () => void;
  readonly #limit: FrameLimit;
  readonly #entries = new Map<string, OutboxEntry>();
  readonly #adding = new Set<string>();
  readonly #waiting: Deferred<void>[] = [];
  #taken = 0;
  #underWay = 0;
  #pausedUntil = 0;
  #timer?: ReturnType<typeof setTimeout>;
  #pace?: Pace;
  #end?: ClientError;

  /** @param news Called when there may be something to write. */
  constructor(settings: Pick<Settings, "outboxCapacity" | "whenOutboxFull">, limit: FrameLimit, keeper: StoreKeeper | undefined, news: () => void) {
    this.#settings = settings;
    this.#limit = limit;
    this.#keeper = keeper;
    this.#news = news;
  }

  /** What was not acknowledged when the client last ran; it comes in, however small the outbox has become. What becomes of it shows in events. */
  restore(messages: readonly StoredMessage[]): void {
    for (const { id, target, frame } of messages) {
      this.#taken++;
      this.#entries.set(id, new OutboxEntry(target, id, frame));
    }
  }

  /** Takes a command into the outbox, and into the store, in the order of the calls. The store keeps what was given before the end, also where the end comes in between. */
  async add(entry: OutboxEntry, ready: Promise<void>, signal?: AbortSignal): Promise<void> {
    const { id, target, frame } = entry;
    if (this.#end) {
      throw this.#end;
    }

    this.#check(id, this.#adding);
    this.#adding.add(id);
    try {
      await ready;
      this.#check(id, this.#entries);
      await this.#findRoom(signal);
      try {
        await this.#keeper?.add({ id, target, frame });
        if (this.#end) {
          throw this.#end;
        }

        this.#entries.set(id, entry);
      } catch (error) {
        this.#leaveRoom();
        throw error;
      }
    } finally {
      this.#adding.delete(id);
    }

    this.#news();
  }

  /** A connection begins: everything is to be written again. `perSecond`: how many messages the node takes a second; 0 for any. */
  begin(perSecond: number): void {
    for (const entry of [...this.#entries.values()]) {
      entry.isSent = false;

      // From a time when the limit was higher, or not known: the node would close the connection for good.
      const excess = this.#limit.excess(entry.frame);
      if (excess) {
        this.remove(entry.id)?.answer.reject(excess);
      }
    }

    this.#underWay = this.#pausedUntil = 0;
    this.#pace = perSecond > 0 ? new Pace(perSecond) : undefined;
  }

  /** The next command to be written, if it has room in so many bytes. */
  take(most: number): string | undefined {
    const entry = this.#underWay < mostUnderWay ? this.#next() : undefined;
    if (!entry || entry.frame.length * 3 > most) {
      return undefined;
    }

    const wait = Math.max(this.#pausedUntil - performance.now(), 0) || (this.#pace?.take() ?? 0);
    if (wait > 0) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(this.#news, wait);
      return undefined;
    }

    entry.isSent = true;
    this.#underWay++;
    return entry.frame;
  }

  /** It is not sent any more: it is acknowledged, or of no use, or nobody wants it. Returns undefined if it is not here. */
  remove(id: string): OutboxEntry | undefined {
    const entry = this.#entries.get(id);
    if (entry) {
      this.#entries.delete(id);
      this.#underWay -= entry.isSent ? 1 : 0;
      this.#keeper?.remove(id);
      this.#leaveRoom();
      this.#news();
    }

    return entry;
  }

  /** It is sent again after so many milliseconds, and nothing before it. */
  refuse(id: string, wait: number): void {
    const entry = this.#entries.get(id);
    if (entry?.isSent) {
      entry.isSent = false;
      this.#underWay--;
      this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + Math.max(wait, shortestPause));
      this.#news();
    }
  }

  /** Nothing is sent any more: who waits is told. */
  end(reason: ClientError): void {
    this.#end = reason;
    clearTimeout(this.#timer);
    for (const entry of this.#entries.values()) {
      entry.answer.reject(reason);
    }

    for (const waiting of this.#waiting.splice(0)) {
      waiting.reject(reason);
    }

    this.#entries.clear();
  }

  async #findRoom(signal: AbortSignal | undefined): Promise<void> {
    if (this.#taken < this.#settings.outboxCapacity) {
      this.#taken++;
      return;
    }

    if (this.#settings.whenOutboxFull === "fail") {
      throw new ClientError("outbox_full", `${this.#settings.outboxCapacity} messages wait for an answer (the option outboxCapacity).`);
    }

    const waiting = new Deferred<void>();
    this.#waiting.push(waiting);
    await unlessAborted(waiting.promise, signal, () => {
      const at = this.#waiting.indexOf(waiting);
      if (at >= 0) {
        this.#waiting.splice(at, 1);
      } else {
        this.#leaveRoom();
      }
    });
  }

  /** Who has waited longest gets the room. */
  #leaveRoom(): void {
    const next = this.#taken <= this.#settings.outboxCapacity ? this.#waiting.shift() : undefined;
    if (next) {
      next.resolve();
    } else {
      this.#taken--;
    }
  }

  #check(id: string, others: { has(id: string): boolean }): void {
    if (others.has(id)) {
      throw new TypeError(`The id '${id}' is being sent already.`);
    }
  }

  /** In the order in which they came. Behind one that was refused there may be some under way. */
  #next(): OutboxEntry | undefined {
    for (const entry of this.#entries.values()) {
      if (!entry.isSent) {
        return entry;
      }
    }

    return undefined;
  }
}
