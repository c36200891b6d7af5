// Messages that have come, for one reader.
import { Deferred } from "./deferred.js";
import type { ClientError } from "./errors.js";
import type { Message, MessageKind } from "./model.js";
import type { Entry } from "./place.js";
import type { Push } from "./wire.js";
import { time } from "./wire.js";

/** A message and its place. */
export class ReceivedMessage implements Message {
  readonly kind: MessageKind;
  readonly from: string;
  readonly to?: string;
  readonly room?: string;
  readonly body: unknown;
  readonly mid: string;
  readonly of?: string;
  readonly id?: string;
  readonly contentType?: string;
  readonly seq?: number;
  readonly at: Date;
  readonly isRedelivered: boolean;
  readonly #entry?: Entry;

  constructor(kind: MessageKind, push: Push, entry: Entry | undefined) {
    this.kind = kind;
    this.from = push.from!;
    this.to = push.to;
    this.room = push.room;
    this.body = push.body;
    this.mid = push.mid as string;
    this.of = push.of;
    this.id = push.id;
    this.contentType = push.ct;
    this.seq = push.seq ?? push.rseq;
    this.at = time(push.ts ?? 0);
    this.isRedelivered = push.redelivered ?? false;
    this.#entry = entry;
  }

  /** Whether its place means something in the log as it is now. */
  get isCurrent(): boolean {
    return this.#entry?.isCurrent ?? false;
  }

  acknowledge(): void {
    this.#entry?.finish();
  }
}

/** What has come and waits for the application. */
export class MessageQueue {
  readonly #messages: ReceivedMessage[] = [];
  #changed?: Deferred<void>;
  #end?: { reason?: ClientError };

  get length(): number {
    return this.#messages.length;
  }

  add(message: ReceivedMessage): void {
    this.#messages.push(message);
    this.#tell();
  }

  /**
   * No more comes; who reads gets the reason as an error, if there is one. What the application has not got is dropped: it is not acknowledged, and comes again
   * to the device's next connection, where here it would come too late.
   */
  end(reason?: ClientError): void {
    this.#messages.length = 0;
    this.#end = { reason };
    this.#tell();
  }

  /** Completes when no more than so many wait. */
  async whenAtMost(count: number): Promise<void> {
    while (this.#messages.length > count) {
      await this.#change();
    }
  }

  /** One is finished when the next one is asked for, or the loop is left. */
  async *read(finish: (message: ReceivedMessage) => void): AsyncGenerator<ReceivedMessage, void, undefined> {
    for (;;) {
      const message = this.#messages.shift();
      if (message) {
        this.#tell();
        try {
          yield message;
        } finally {
          finish(message);
        }
      } else if (this.#end) {
        if (this.#end.reason) {
          throw this.#end.reason;
        }

        return;
      } else {
        await this.#change();
      }
    }
  }

  #change(): Promise<void> {
    return (this.#changed ??= new Deferred()).promise;
  }

  #tell(): void {
    this.#changed?.resolve();
    this.#changed = undefined;
  }
}
