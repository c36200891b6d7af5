// A node without a network: sockets that a test plays the other end of.
import type { WebSocketConstructor, WebSocketLike } from "distributed-sockets";
import { eventually } from "./eventually.js";

/** The client's end of a connection, and what a test does at the other one. */
export class FakeSocket implements WebSocketLike {
  readonly bufferedAmount = 0;
  readonly sent: Record<string, any>[] = [];
  readonly frames: string[] = [];
  onopen: ((event: any) => void) | null = null;
  onmessage: ((event: any) => void) | null = null;
  onclose: ((event: any) => void) | null = null;
  onerror: ((event: any) => void) | null = null;
  closedWith?: number;
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  send(data: string): void {
    this.frames.push(data);
    this.sent.push(...data.split("\n").map((line) => JSON.parse(line)));
  }

  close(code?: number): void {
    this.closedWith = code ?? 1005;
    setTimeout(() => this.onclose?.({ code: this.closedWith, reason: "" }));
  }

  /** What the client has sent of one type. */
  of(type: string): Record<string, any>[] {
    return this.sent.filter((command) => command.type === type);
  }

  /** The node says this, in one frame. */
  say(...pushes: object[]): void {
    this.onmessage?.({ data: pushes.map((push) => JSON.stringify(push)).join("\n") });
  }

  /** The node closes the connection. */
  end(code: number, reason = ""): void {
    this.onclose?.({ code, reason });
  }

  /** The connection comes about, and the hello is answered. */
  welcome(fields: object = {}): void {
    this.onopen?.({});
    this.say({ type: "welcome", user: "alice", device: "d1", session: "s", resume: `r${Math.random()}`, node: "server-1", epoch: "e1", seq: 0, resumed: false, rooms: 0, pingMs: 20_000, ...fields });
  }
}

/** A class of sockets for a client, and all sockets that it has opened. */
export class FakeNode {
  readonly sockets: FakeSocket[] = [];
  readonly webSocket: WebSocketConstructor;

  constructor() {
    const { sockets } = this;
    this.webSocket = class extends FakeSocket {
      constructor(url: string) {
        super(url);
        sockets.push(this);
      }
    };
  }

  /** The n-th connection, counted from 1, when it is tried. */
  async socket(number: number): Promise<FakeSocket> {
    await eventually(() => this.sockets.length >= number, () => `connection ${number} is tried; there are ${this.sockets.length}`);
    return this.sockets[number - 1]!;
  }
}
