// Commands that have an answer: written on every connection until it is there.
import { Deferred, unlessAborted } from "./deferred.js";
import { ClientError, refusal } from "./errors.js";
import type { FrameLimit } from "./frameLimit.js";
import type { Push } from "./wire.js";
import { command, retryOf } from "./wire.js";

interface Request {
  readonly id: string;
  readonly frame: string;
  readonly isWhole: (answers: Push[]) => boolean;
  readonly done: Deferred<Push[]>;
  answers: Push[];
}

/** What was asked and not answered yet. All of these may be asked again, so a new connection asks them again. */
export class Requests {
  readonly #capacity: number;
  readonly #limit: FrameLimit;
  readonly #news: () => void;
  readonly #open = new Map<string, Request>();
  readonly #toWrite = new Set<Request>();
  #end?: ClientError;
  #last = 0;

  constructor(capacity: number, limit: FrameLimit, news: () => void) {
    this.#capacity = capacity;
    this.#limit = limit;
    this.#news = news;
  }

  /** Asks, and waits until the pushes that have come are the whole answer: one, where nothing else is said. */
  async ask(type: string, fields: object, signal?: AbortSignal, isWhole: Request["isWhole"] = () => true): Promise<Push[]> {
    signal?.throwIfAborted();
    if (this.#end) {
      throw this.#end;
    }

    if (this.#open.size >= this.#capacity) {
      throw new ClientError("outbox_full", `${this.#capacity} questions wait for an answer (the option outboxCapacity).`);
    }

    const id = `?${++this.#last}`;
    const request: Request = { id, frame: command(type, { id, ...fields }), isWhole, done: new Deferred(), answers: [] };
    this.#limit.check(request.frame);
    this.#open.set(id, request);
    this.#toWrite.add(request);
    this.#news();
    return unlessAborted(request.done.promise, signal, () => this.#forget(request));
  }

  /** A connection begins: what has no answer is asked again. */
  begin(): void {
    this.#toWrite.clear();
    for (const request of [...this.#open.values()]) {
      const excess = this.#limit.excess(request.frame);
      if (excess) {
        this.#forget(request);
        request.done.reject(excess);
      } else {
        this.#askAgain(request);
      }
    }
  }

  /** The next question to be written, if it has room in so many bytes. */
  take(most: number): string | undefined {
    for (const request of this.#toWrite) {
      if (request.frame.length * 3 > most) {
        return undefined;
      }

      this.#toWrite.delete(request);
      return request.frame;
    }

    return undefined;
  }

  /** Returns whether it answers a question. */
  answer(push: Push): boolean {
    const request = this.#open.get(push.id ?? "");
    if (!request) {
      return false;
    }

    request.answers.push(push);
    if (request.isWhole(request.answers)) {
      this.#forget(request);
      request.done.resolve(request.answers);
    }

    return true;
  }

  /** Returns whether it was a question that was refused. */
  refuse(error: Push): boolean {
    const request = this.#open.get(error.id ?? "");
    if (!request) {
      return false;
    }

    if (error.temporary) {
      setTimeout(() => {
        if (this.#open.has(request.id)) {
          this.#askAgain(request);
          this.#news();
        }
      }, retryOf(error));
    } else {
      this.#forget(request);
      request.done.reject(refusal(error));
    }

    return true;
  }

  end(reason: ClientError): void {
    this.#end = reason;
    for (const request of this.#open.values()) {
      request.done.reject(reason);
    }

    this.#open.clear();
    this.#toWrite.clear();
  }

  #askAgain(request: Request): void {
    request.answers = [];
    this.#toWrite.add(request);
  }

  #forget(request: Request): void {
    this.#open.delete(request.id);
    this.#toWrite.delete(request);
  }
}
