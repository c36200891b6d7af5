// Somebody with the client, who keeps what has come.
import type { TestContext } from "node:test";
import { DistributedSocketsClient } from "distributed-sockets";
import type { ClientOptions, Gap, Hop, Message, Presence, Receipt, RoomChange, RoomPresence, SentMessage, StateChange, Target, Typing } from "distributed-sockets";
import { WebSocket } from "ws";
import { newUser, nodes } from "./cluster.js";
import { eventually, inTime } from "./eventually.js";

export class Person {
  readonly client: DistributedSocketsClient;
  readonly name: string;
  readonly messages: Message[] = [];
  readonly states: StateChange[] = [];
  readonly gaps: Gap[] = [];
  readonly receipts: Receipt[] = [];
  readonly presences: Presence[] = [];
  readonly roomPresences: RoomPresence[] = [];
  readonly typings: Typing[] = [];
  readonly rooms: RoomChange[] = [];
  readonly acknowledged: SentMessage[] = [];
  readonly hops: Hop[] = [];

  /** Somebody who knows all nodes, or those that the options name. */
  constructor(test: TestContext, user: string | undefined, options: Partial<ClientOptions> = {}) {
    this.name = user ?? "";
    this.client = new DistributedSocketsClient({ nodes, user, webSocket: WebSocket, ...options });
    this.client.on("messageReceived", (message) => this.messages.push(message));
    this.client.on("stateChanged", (change) => this.states.push(change));
    this.client.on("gapFound", (gap) => this.gaps.push(gap));
    this.client.on("receiptReceived", (receipt) => this.receipts.push(receipt));
    this.client.on("presenceChanged", (presence) => this.presences.push(presence));
    this.client.on("roomPresenceChanged", (presence) => this.roomPresences.push(presence));
    this.client.on("typingChanged", (typing) => this.typings.push(typing));
    this.client.on("roomChanged", (change) => this.rooms.push(change));
    this.client.on("acknowledged", (sent) => this.acknowledged.push(sent));
    this.client.on("traceReceived", (hop) => this.hops.push(hop));
    test.after(() => this.client.dispose());
  }

  /** Somebody who is connected, to one node if it is given. */
  static async connect(test: TestContext, user: string, node?: number, options: Partial<ClientOptions> = {}): Promise<Person> {
    const person = new Person(test, user, { ...(node === undefined ? {} : { nodes: [nodes[node - 1]!] }), ...options });
    await person.connect();
    return person;
  }

  connect(): Promise<void> {
    return inTime(this.client.connect(), `${this.name} is connected`);
  }

  /** The texts that have come. */
  get texts(): string[] {
    return this.messages.map((message) => message.body as string);
  }

  /** Sends the numbers from 1 on as texts, without waiting in between. */
  sendAll(target: Target, count: number): Promise<SentMessage[]> {
    return inTime(Promise.all(numbers(count).map((text) => this.client.send(target, text))), `${count} messages are acknowledged`, 60_000);
  }

  whenReceived(count: number): Promise<void> {
    return eventually(() => this.messages.length >= count, () => `${this.name} has ${this.messages.length} of ${count} messages`);
  }
}

/** Two people, on the nodes 1 and 2, or on any. */
export async function pair(test: TestContext, isAnyNode = false): Promise<{ alice: Person; bob: Person }> {
  return {
    alice: await Person.connect(test, newUser("alice"), isAnyNode ? undefined : 1),
    bob: await Person.connect(test, newUser("bob"), isAnyNode ? undefined : 2),
  };
}

export function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${index + 1}`);
}

/** Fails unless the call fails with a ClientError of the code. */
export function hasCode(code: string): (error: { code?: string }) => boolean {
  return (error) => error.code === code;
}
