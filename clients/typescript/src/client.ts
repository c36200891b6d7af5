// What an application calls.
import { unlessAborted } from "./deferred.js";
import { ClientError } from "./errors.js";
import { Life } from "./life.js";
import { ReceivedMessage } from "./messages.js";
import type { Gap, Hop, Message, Receipt, SendOptions, SentMessage, Target } from "./model.js";
import type { ClientOptions } from "./options.js";
import { settingsOf } from "./settings.js";
import { OutboxEntry } from "./outbox.js";
import type { Presence, RoomPresence } from "./presence.js";
import { presenceOf } from "./presence.js";
import type { HistoryPage, HistoryQuery, MemberPage, Room, RoomChange, RoomPlace, RoomRead, Typing } from "./rooms.js";
import { pageOf, roomOf } from "./rooms.js";
import type { ClientState, StateChange } from "./state.js";
import { addressed, command, isRoom, nameOf } from "./wire.js";

/** What {@link DistributedSocketsClient.on} tells of, by name. */
export interface ClientEvents {
  /**
   * Messages, one at a time and in order: the next one when the handlers of the last one have ended, which acknowledges it. A handler may be `async`.
   * In place of {@link DistributedSocketsClient.readMessages}.
   */
  messageReceived: Message;

  /** {@link DistributedSocketsClient.state} has changed. */
  stateChanged: StateChange;

  /** Something is missing: told before what lies behind it is received. */
  gapFound: Gap;

  /** What became of messages; also resolves {@link SentMessage.delivered} and {@link SentMessage.read}. */
  receiptReceived: Receipt;

  /** A message was acknowledged, also one that an earlier run of the page had left in the store. */
  acknowledged: SentMessage;

  /** A node has refused a command that nobody waits for, such as a fast message. */
  refused: ClientError;

  /** A step of the way of a message that was sent with {@link SendOptions.trace}. */
  traceReceived: Hop;

  /** One is in a room, or not any more. After each connect it comes for every room that one is in. */
  roomChanged: RoomChange;

  /** Another device of one's own has read in a room. */
  roomRead: RoomRead;

  /** Somebody types, or has stopped. */
  typingChanged: Typing;

  /** A user who is watched has come, gone, or changed the status. */
  presenceChanged: Presence;

  /** Who is online in a room that is watched: the whole picture, after each change, at most once a second, and after each reconnect. */
  roomPresenceChanged: RoomPresence;
}

/** What a question may be given besides. */
export interface AskOptions {
  /** Aborted: nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
}

/**
 * A user's device in a cluster: connected to any of its nodes, and to another when that one goes. What is sent is sent until it is acknowledged, what comes
 * comes once and in order, over reconnects and with a {@link ClientOptions.store} over reloads.
 *
 * @example
 * ```ts
 * const client = new DistributedSocketsClient({ nodes: ["http://localhost:8081", "http://localhost:8082"], user: "alice" });
 * client.on("messageReceived", (message) => console.log(message.from, message.body));
 * await client.connect();
 * const sent = await client.send("bob", "hi");
 * await sent.delivered;
 * ```
 */
export class DistributedSocketsClient {
  readonly #life: Life;
  readonly #manual: boolean;
  #isRead = false;

  /**
   * @param options Its settings.
   * @throws TypeError where one is missing or out of range.
   */
  constructor(options: ClientOptions) {
    this.#life = new Life(settingsOf(options));
    this.#manual = options.manualAcknowledgement ?? false;
  }

  /** Where the client stands. */
  get state(): ClientState {
    return this.#life.state;
  }

  /** Who one is; `undefined` before the first welcome. */
  get user(): string | undefined {
    return this.#life.user;
  }

  /** Which of the user's devices this is; `undefined` before the first welcome where none was given. */
  get device(): string | undefined {
    return this.#life.device;
  }

  /** The name of the node that one is, or was last, connected to. */
  get node(): string | undefined {
    return this.#life.node;
  }

  /**
   * Calls the handler whenever it happens. One that fails is logged.
   *
   * @returns What takes the handler off again.
   * @example
   * ```ts
   * client.on("stateChanged", ({ state, reason }) => console.log(state, reason?.reason ?? ""));
   * ```
   */
  on<Name extends keyof ClientEvents>(name: Name, handler: (told: ClientEvents[Name]) => unknown): () => void {
    if (name === "messageReceived" && !this.#isRead) {
      this.#isRead = true;
      void this.#handleMessages();
    }

    return this.#life.parts.events.on(name, handler);
  }

  /**
   * Connects, and stays connected from then on until it is closed. Resolves with the first welcome.
   *
   * @param options With a signal that is aborted nobody waits any more; the client goes on trying.
   * @throws {@link ClientError} `closed`: a node has said that connecting again is useless.
   */
  connect(options?: AskOptions): Promise<void> {
    return this.#life.start(options?.signal);
  }

  /**
   * Leaves for good: the user is offline at once, unless another device is there. What is not acknowledged fails with the code `closed`;
   * with a store it is sent by the next client of it.
   */
  close(): Promise<void> {
    return this.#life.end(command("bye", {}));
  }

  /** Leaves, as one who may be back in a moment: for others the user is online for some seconds more. */
  dispose(): Promise<void> {
    return this.#life.end();
  }

  /** Cuts the connection as a lost network does; the client recovers. For tests and demonstrations. */
  cutConnection(): void {
    this.#life.cut();
  }

  /**
   * The messages, until the client is closed. One is acknowledged when the next one is asked for, or the loop is left.
   * For one reader, in place of the event `messageReceived`.
   *
   * @throws {@link ClientError} `closed`: a node has said that connecting again is useless.
   * @example
   * ```ts
   * for await (const message of client.readMessages()) console.log(message.from, message.body);
   * ```
   */
  readMessages(): AsyncGenerator<Message, void, undefined> {
    if (this.#isRead) {
      throw new TypeError("The event messageReceived has a handler already: messages go there.");
    }

    return this.#life.parts.messages.read((message) => this.#finish(message));
  }

  /**
   * Sends a message. Resolves when the system answers for it; until then it is sent again over reconnects, and stored once.
   *
   * @param target A user, or a room.
   * @param body What it says: any JSON value.
   * @throws {@link ClientError}: it was refused for good, it is too large, there is no room for it, or the client is closed.
   * @example
   * ```ts
   * const sent = await client.send({ room: "team" }, { text: "hi all" }, { signal: AbortSignal.timeout(30_000) });
   * ```
   */
  send(target: Target, body: unknown, options: SendOptions = {}): Promise<SentMessage> {
    const { timeToLive, contentType: ct, trace } = options;
    const ttl = timeToLive === undefined ? undefined : Math.ceil(timeToLive / 1_000);
    return this.#deliver("msg", target, { ttl, ct, trace: trace || undefined, body: jsonOf(body) }, options);
  }

  /**
   * Sends a message in the fast class: at most once, not stored for who is connected, and nobody is told what became of it.
   *
   * @throws {@link ClientError}: there is no connection now (`not_connected`), or it is too large.
   */
  sendFast(target: Target, body: unknown): void {
    const frame = command("msg", { ...addressed(target), body: jsonOf(body) });
    this.#life.parts.limit.check(frame);
    if (!this.#life.tell(frame)) {
      throw new ClientError("not_connected", "There is no connection now, or too much waits for it; a fast message does not wait.");
    }
  }

  /**
   * Changes a message that one has sent to a user or a room. Resolves as {@link send} does.
   *
   * @param target Who it was sent to.
   * @param mid Its id in the system.
   * @param body What it says from now on.
   * @param options Of these the id, the content type and the signal count.
   * @throws {@link ClientError} as {@link send}; also `no_such_message`, and `forbidden` for somebody else's.
   */
  edit(target: Target, mid: string, body: unknown, options: SendOptions = {}): Promise<SentMessage> {
    return this.#deliver("edit", target, { mid, ct: options.contentType, body: jsonOf(body) }, options);
  }

  /** Takes back a message that one has sent. Resolves and fails as {@link edit} does. */
  delete(target: Target, mid: string, options: SendOptions = {}): Promise<SentMessage> {
    return this.#deliver("delete", target, { mid }, options);
  }

  /** Tells that one types, or has stopped. Off by itself after some seconds; nothing happens without a connection. */
  setTyping(target: Target, isOn: boolean): void {
    this.#life.tell(command("typing", { ...addressed(target), on: isOn }));
  }

  /** Tells that one has read everything up to this message. Nothing happens without a connection; say it again after the next message. */
  markRead(message: Message): void {
    if (message instanceof ReceivedMessage && message.isCurrent) {
      const { room, from, seq } = message;
      this.#life.tell(command("read", { ...(room === undefined ? { from } : { room }), upto: seq }));
    }
  }

  /**
   * Becomes a member of a room, and stays one until one leaves, over reconnects and on all devices.
   *
   * @param options `since`: where to begin reading; where this device was if absent.
   * @throws {@link ClientError}: refused; see its code.
   */
  async join(room: string, options: AskOptions & { readonly since?: RoomPlace } = {}): Promise<Room> {
    const { since, signal } = options;
    if (since) {
      this.#life.intake.rewound.add(room);
    }

    const [answer] = await this.#life.parts.requests.ask("join", { room, since: since && { rseq: since.seq, epoch: since.epoch } }, signal);
    return roomOf(answer!);
  }

  /** Is a member no more, on all devices. */
  async leave(room: string, options: AskOptions = {}): Promise<void> {
    await this.#life.parts.requests.ask("leave", { room }, options.signal);
  }

  /**
   * A page of a room's members.
   *
   * @param options `after`: the last member of the page before; absent for the first page.
   */
  async getMembers(room: string, options: AskOptions & { readonly after?: string } = {}): Promise<MemberPage> {
    const [answer] = await this.#life.parts.requests.ask("members", { room, after: options.after }, options.signal);
    return { members: (answer!.members ?? []) as string[], count: answer!.count ?? 0, hasMore: answer!.more ?? false };
  }

  /**
   * What was said in a room, or with a user.
   *
   * @example
   * ```ts
   * const newest = await client.getHistory({ room: "team" });
   * const older = await client.getHistory({ room: "team" }, { before: newest.messages[0]?.seq });
   * ```
   */
  async getHistory(target: Target, query: HistoryQuery = {}): Promise<HistoryPage> {
    const { before, after, limit, signal } = query;
    const of = isRoom(target) ? { room: target.room } : { peer: nameOf(target) };
    const [answer] = await this.#life.parts.requests.ask("history", { ...of, before, after, limit }, signal);
    return pageOf(answer!);
  }

  /** How users are now. */
  getPresence(users: Iterable<string>, options: AskOptions = {}): Promise<Presence[]> {
    return this.#life.parts.watching.get(users, options.signal);
  }

  /** How users are now, and every change from then on by the event `presenceChanged`, over reconnects. */
  watch(users: Iterable<string>, options: AskOptions = {}): Promise<Presence[]> {
    return this.#life.parts.watching.watch(users, options.signal);
  }

  /** No more changes of these users. */
  unwatch(users: Iterable<string>, options: AskOptions = {}): Promise<void> {
    return this.#life.parts.watching.unwatch(users, options.signal);
  }

  /** Who is online in a room that one is in, of at most 1,000 members. */
  getRoomPresence(room: string, options: AskOptions = {}): Promise<RoomPresence> {
    return this.#life.parts.roomWatching.get(room, options.signal);
  }

  /** Who is online in a room now, and from then on by the event `roomPresenceChanged`, over reconnects, until one leaves the room. At most 20 rooms at once. */
  watchRoom(room: string, options: AskOptions = {}): Promise<RoomPresence> {
    return this.#life.parts.roomWatching.watch(room, options.signal);
  }

  /** No more changes of a room's presence. */
  unwatchRoom(room: string, options: AskOptions = {}): Promise<void> {
    return this.#life.parts.roomWatching.unwatch(room, options.signal);
  }

  /** Sets one's own status, which others see: any JSON value of at most 1,024 bytes; `null` or `undefined` is none. */
  async setStatus(status: unknown, options: AskOptions = {}): Promise<Presence> {
    const [answer] = await this.#life.parts.requests.ask("presence", { op: "set", status: status ?? null }, options.signal);
    return presenceOf(answer!);
  }

  async #deliver(type: string, target: Target, fields: object, { id = newId(), signal }: SendOptions): Promise<SentMessage> {
    const { outbox, limit } = this.#life.parts;
    const entry = new OutboxEntry(target, id, command(type, { ...addressed(target), id, ...fields }));
    signal?.throwIfAborted();
    limit.check(entry.frame);
    await outbox.add(entry, this.#life.restore(), signal);
    return unlessAborted(entry.answer.promise, signal, () => outbox.remove(id));
  }

  async #handleMessages(): Promise<void> {
    const { events, messages } = this.#life.parts;
    try {
      for await (const message of messages.read((message) => this.#finish(message))) {
        await events.raise("messageReceived", message);
      }
    } catch {
      // Closed, as the event stateChanged tells.
    }
  }

  #finish(message: ReceivedMessage): void {
    if (!this.#manual) {
      message.acknowledge();
    }
  }
}

/** JSON has no undefined: a body that it leaves out would be none. */
function jsonOf(body: unknown): unknown {
  if (body === undefined) {
    throw new TypeError("The body is undefined; null is a body.");
  }

  return body;
}

/** Not crypto.randomUUID, which pages without HTTPS lack. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
