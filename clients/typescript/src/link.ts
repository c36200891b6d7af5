// One connection: a WebSocket, its hello, what is written to it and what comes from it.
import { explain } from "./backoff.js";
import { Deferred } from "./deferred.js";
import type { FrameLimit } from "./frameLimit.js";
import type { WebSocketLike } from "./options.js";
import type { Settings } from "./settings.js";
import type { CloseInfo } from "./state.js";
import { cut } from "./state.js";
import type { Push } from "./wire.js";

const answerTimeout = 8_000;
const closeTimeout = 2_000;

/** More is not handed to the socket before the network has taken some of it. */
const mostBuffered = 1024 * 1024;

/** Whose link it is. */
export interface LinkOwner {
  /** The node has answered the hello; commands are asked for from now on. */
  welcome(push: Push): void;

  take(push: Push): void;

  /** The next command, if it has room in so many bytes. */
  next(most: number): string | undefined;
}

/** One connection, from the attempt to its end. */
export class Link {
  readonly node: string;
  readonly #owner: LinkOwner;
  readonly #limit: FrameLimit;
  readonly #socket: WebSocketLike;
  readonly #ended = new Deferred<CloseInfo>();
  readonly #connecting: ReturnType<typeof setTimeout>;
  #watching?: ReturnType<typeof setInterval>;
  #closing?: ReturnType<typeof setTimeout>;
  #pingPeriod = 20_000;
  #since?: number;
  #heard = 0;
  #asked?: number;
  #isPingDue = false;
  #isScheduled = false;
  #isOver = false;
  #refusal?: Push;
  #failure: string;
  #ownEnd?: CloseInfo;
  #last?: string;

  constructor(node: string, hello: () => string, settings: Settings, limit: FrameLimit, owner: LinkOwner) {
    this.node = node;
    this.#owner = owner;
    this.#limit = limit;
    const socket = (this.#socket = new settings.webSocket(node, "ds.v1.json"));
    socket.onopen = () => !this.#isOver && socket.send(hello());
    socket.onmessage = (event) => this.#read(event.data);

    // Not every implementation closes behind it.
    socket.onerror = (event) => this.cut(event.message || this.#failure);
    socket.onclose = (event) => this.#end(explain(event.code, event.reason || this.#failure, this.#refusal));
    this.#failure = `${this.#host} can't be reached, or refuses the connection`;
    this.#connecting = setTimeout(() => this.cut(`${this.#host} did not answer within ${settings.connectTimeout / 1_000} s`), settings.connectTimeout);
  }

  /** Why it has ended, when it has. */
  get ended(): Promise<CloseInfo> {
    return this.#ended.promise;
  }

  /** For how many milliseconds it has been open; undefined before the welcome. */
  get lived(): number | undefined {
    return this.#since === undefined ? undefined : performance.now() - this.#since;
  }

  /** Whether commands are written to it. */
  get isOpen(): boolean {
    return this.#since !== undefined && !this.#isOver;
  }

  /** There may be something to write. What comes together goes together. */
  wake(): void {
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      queueMicrotask(() => {
        this.#isScheduled = false;
        this.#write();
      });
    }
  }

  /** Ends it as a lost network would. */
  cut(reason: string): void {
    this.#end(cut(reason));
    if (this.#socket.terminate) {
      this.#socket.terminate();
    } else {
      this.#socket.close();
    }
  }

  /** Leaves it: what waits is written first, then `last`, then a close frame. */
  leave(end: CloseInfo, last?: string): void {
    this.#ownEnd ??= end;
    this.#last = last;
    this.wake();
  }

  get #host(): string {
    return new URL(this.node).host;
  }

  #read(frame: string): void {
    this.#heard = performance.now();
    this.#asked = undefined;
    for (const line of frame.split("\n")) {
      if (this.#isOver) {
        return;
      }

      let push: Push;
      try {
        push = JSON.parse(line) as Push;
      } catch (error) {
        this.cut(String(error));
        return;
      }

      this.#take(push);
    }
  }

  #take(push: Push): void {
    this.#refusal = push.type === "error" ? push : undefined;
    if (this.#since !== undefined) {
      this.#owner.take(push);
    } else if (push.type === "welcome") {
      clearTimeout(this.#connecting);
      this.#since = performance.now();
      this.#failure = "the connection was closed";
      this.#pingPeriod = push.pingMs ?? this.#pingPeriod;
      this.#watching = setInterval(() => this.#watch(), 1_000);
      this.#owner.welcome(push);
      this.wake();
    }
  }

  #write(): void {
    while (this.isOpen) {
      if (this.#socket.bufferedAmount > mostBuffered) {
        setTimeout(() => this.wake(), 20);
        return;
      }

      let frame = this.#isPingDue ? '{"type":"ping"}' : "";
      this.#isPingDue = false;
      let command;

      // No character takes more than three bytes, so nothing has to be encoded to know that it fits.
      while ((command = this.#owner.next(frame ? this.#limit.bytes - 3 * frame.length : Infinity)) !== undefined) {
        frame += frame ? `\n${command}` : command;
      }

      if (frame) {
        this.#socket.send(frame);
        continue;
      }

      if (this.#ownEnd && !this.#closing) {
        if (this.#last) {
          this.#socket.send(this.#last);
        }

        this.#socket.close(1000);
        this.#closing = setTimeout(() => this.cut(""), closeTimeout);
      }

      return;
    }
  }

  /** Finds out that the other side is gone: what is silent is asked, and what does not answer is cut. Browsers show no pings of WebSockets. */
  #watch(): void {
    const now = performance.now();
    const silence = now - this.#heard;
    if (this.#asked !== undefined) {
      if (now - this.#asked > answerTimeout) {
        this.cut(`${this.#host} has been silent for ${Math.round(silence / 1_000)} s`);
      }
    } else if (silence >= this.#pingPeriod) {
      this.#asked = now;
      this.#isPingDue = true;
      this.wake();
    }
  }

  #end(info: CloseInfo): void {
    if (!this.#isOver) {
      this.#isOver = true;
      clearTimeout(this.#connecting);
      clearTimeout(this.#closing);
      clearInterval(this.#watching);
      this.#ended.resolve(this.#ownEnd ?? info);
    }
  }
}
