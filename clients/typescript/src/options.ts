// Settings of a client.
import type { ClientStore } from "./store.js";

/** What the client needs of a WebSocket: the browser's, or that of the package `ws`. Its members are the standard's. */
export interface WebSocketLike {
  /** Bytes that were sent and are not in the network yet. */
  readonly bufferedAmount: number;

  /** The connection is open. */
  onopen: ((event: any) => void) | null;

  /** A frame has come: `event.data`. */
  onmessage: ((event: any) => void) | null;

  /** The connection has ended: `event.code`, `event.reason`. */
  onclose: ((event: any) => void) | null;

  /** It has failed: `event.message`, where there is one. */
  onerror: ((event: any) => void) | null;

  /** Sends a frame of text. */
  send(data: string): void;

  /** Ends the connection with a close frame. */
  close(code?: number, reason?: string): void;

  /** Drops the connection without a goodbye; browsers have no such thing. */
  terminate?(): void;
}

/** A class of WebSockets. */
export type WebSocketConstructor = new (url: string, protocols?: string | string[]) => WebSocketLike;

/** Where a client logs to; `console` is one. */
export interface Logger {
  /** What is usual. */
  info(text: string): void;

  /** What is not, and is dealt with. */
  warn(text: string): void;

  /** What the application should mend. */
  error(text: string, error?: unknown): void;
}

/** What happens when more is sent than the outbox holds: sending waits until there is room, or fails with the code `outbox_full`. */
export type OutboxPolicy = "wait" | "fail";

/** Settings of a {@link DistributedSocketsClient}. All times are milliseconds. */
export interface ClientOptions {
  /** Addresses of nodes, such as `http://localhost:8081`; any of them will do. Used where {@link nodeProvider} is absent. */
  nodes?: readonly string[];

  /** Gives the addresses of nodes, and is asked before each round of attempts. What it throws counts as a failed attempt. */
  nodeProvider?: (signal: AbortSignal) => readonly string[] | Promise<readonly string[]>;

  /** Who one is, where the nodes believe it (anonymous mode). With a {@link tokenProvider} the token says it. */
  user?: string;

  /** Gives a token: for each connection, and for renewing it in time on the one that is open. What it throws counts as a failed attempt. */
  tokenProvider?: (signal: AbortSignal) => string | Promise<string>;

  /** Which of the user's devices this is. Absent: the one in the {@link store}, else a node makes one up. */
  device?: string;

  /** What this program tells nodes about itself. Default `distributed-sockets`. */
  name?: string;

  /** Keeps the outbox and the place in the inbox over reloads. Absent: in memory only. */
  store?: ClientStore;

  /** Messages that may wait to be acknowledged. Default 1,000. */
  outboxCapacity?: number;

  /** What happens beyond {@link outboxCapacity}. Default `wait`. */
  whenOutboxFull?: OutboxPolicy;

  /**
   * Messages that may have come and wait for the application. Default 10,000. When they are full the client takes no more from this connection, so that answers still
   * come through; when the application has taken them all, it connects anew, and the others come in order. Fast messages in between are lost.
   */
  inboxCapacity?: number;

  /** Acknowledged messages whose receipts are waited for. Default 10,000. */
  trackedMessages?: number;

  /**
   * False, the default: a message is acknowledged when the application asks for the next one, or when its handlers have ended.
   * True: when {@link Message.acknowledge} is called. Every message must be, in time: nothing behind it is, before it is.
   */
  manualAcknowledgement?: boolean;

  /** How long connecting to one node may take, the welcome included. Default 10,000. */
  connectTimeout?: number;

  /** The shortest pause between attempts: the pause is chosen by chance below a bound, which doubles from this one to the longest. Default 250. */
  shortestPause?: number;

  /** The longest pause between attempts. Default 20,000. */
  longestPause?: number;

  /** The class of WebSockets. Default `globalThis.WebSocket`, which Node.js has from version 22 on; before it, that of the package `ws`. */
  webSocket?: WebSocketConstructor;

  /** Where the client logs to. Default: errors to the console, nothing else. */
  logger?: Logger;
}
