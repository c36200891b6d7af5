// The client against a node that a test plays, for what a real one seldom does.
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { DistributedSocketsClient } from "distributed-sockets";
import type { ClientOptions, Message, StateChange } from "distributed-sockets";
import { eventually, inTime } from "../support/eventually.js";
import type { FakeSocket } from "../support/fakeNode.js";
import { FakeNode } from "../support/fakeNode.js";

const logger = { info() {}, warn() {}, error() {} };

function start(t: TestContext, options: Partial<ClientOptions> = {}): { client: DistributedSocketsClient; node: FakeNode; messages: Message[]; states: StateChange[] } {
  const node = new FakeNode();
  const client = new DistributedSocketsClient({ nodes: ["http://one", "http://two"], user: "alice", webSocket: node.webSocket, shortestPause: 1, longestPause: 1, logger, ...options });
  const messages: Message[] = [];
  const states: StateChange[] = [];
  client.on("messageReceived", (message) => messages.push(message));
  client.on("stateChanged", (change) => states.push(change));
  t.after(() => client.dispose());
  client.connect().catch(() => {});
  return { client, node, messages, states };
}

test("what is missing or out of range is said at once", () => {
  const make = (options: ClientOptions) => () => new DistributedSocketsClient({ webSocket: new FakeNode().webSocket, ...options });
  const nodes = ["http://one"];

  assert.throws(make({ user: "alice" }), /nodes or nodeProvider/);
  assert.throws(make({ nodes }), /user or tokenProvider/);
  assert.throws(make({ nodes: ["localhost"], user: "alice" }), /URL/);
  assert.throws(make({ nodes, user: " alice" }), /white space/);
  assert.throws(make({ nodes, user: "é".repeat(129) }), /128/);
  assert.throws(make({ nodes, user: "alice", outboxCapacity: 0 }), /outboxCapacity/);
  assert.throws(make({ nodes, user: "alice", longestPause: 1 }), /longestPause/);
  assert.doesNotThrow(make({ nodes, user: "😀".repeat(128) }));
});

test("without a WebSocket the error says what to do", (t) => {
  const { WebSocket } = globalThis;
  Object.defineProperty(globalThis, "WebSocket", { value: undefined, configurable: true, writable: true });
  t.after(() => Object.defineProperty(globalThis, "WebSocket", { value: WebSocket, configurable: true, writable: true }));

  assert.throws(() => new DistributedSocketsClient({ nodes: ["http://one"], user: "alice" }), /package ws, and give its class as the option webSocket/);
});

test("a drain sends the client to the node that it names, and what waits goes first", async (t) => {
  const { client, node, states } = start(t);
  const first = await node.socket(1);
  first.welcome();
  client.send("bob", "hi", { id: "m1" }).catch(() => {});
  first.say({ type: "drain", afterMs: 1_000, url: "http://three" });
  const second = await node.socket(2);
  second.welcome();

  assert.deepEqual([first.of("msg").length, first.closedWith, second.url], [1, 1000, "ws://three/ws?user_id=alice"]);
  assert.deepEqual(states.map(({ state, reason }) => [state, reason?.code]), [["connected", undefined], ["recovering", 4200], ["connected", undefined]]);
  await eventually(() => second.of("msg").length === 1, "what has no answer is sent again");
});

test("what a node refuses for now is sent again, in order, and nothing overtakes it", async (t) => {
  const { client, node } = start(t);
  const socket = await node.socket(1);
  socket.welcome();
  const sent = ["1", "2"].map((id) => client.send("bob", id, { id }));
  await eventually(() => socket.of("msg").length === 2, "both are sent");
  socket.say({ type: "error", id: "1", code: "unavailable", reason: "", temporary: true, retryMs: 1 }, { type: "error", id: "2", code: "unavailable", reason: "", temporary: true, retryMs: 1 });
  sent.push(client.send("bob", "3", { id: "3" }));
  await eventually(() => socket.of("msg").length === 5, "all three are sent");

  assert.deepEqual(socket.of("msg").map(({ id }) => id), ["1", "2", "1", "2", "3"]);
  socket.say(...["1", "2", "3"].map((id) => ({ type: "ack", id, mid: `m${id}`, seq: 1, ts: 5, state: "stored" })));
  assert.deepEqual((await Promise.all(sent)).map(({ mid }) => mid), ["m1", "m2", "m3"]);
});

test("an aborted message is not sent again", async (t) => {
  const { client, node } = start(t);
  const giveUp = new AbortController();
  const sending = client.send("bob", "hi", { signal: giveUp.signal });
  const socket = await node.socket(1);
  giveUp.abort(new Error("never mind"));

  await assert.rejects(sending, /never mind/);
  socket.welcome();
  await client.send("bob", "x".repeat(10), { signal: AbortSignal.timeout(50) }).catch(() => {});
  assert.deepEqual(socket.of("msg").map(({ body }) => body), ["xxxxxxxxxx"]);
});

test("a full outbox gives its room to who has waited longest", async (t) => {
  const { client, node } = start(t, { outboxCapacity: 1 });
  const giveUp = new AbortController();
  const [first, second, third] = [client.send("bob", 1, { id: "1" }), client.send("bob", 2, { id: "2", signal: giveUp.signal }), client.send("bob", 3, { id: "3" })];
  const socket = await node.socket(1);
  socket.welcome();
  await eventually(() => socket.of("msg").length === 1, "the first is sent");
  giveUp.abort();
  await assert.rejects(second!);
  socket.say({ type: "ack", id: "1", mid: "m", seq: 1, ts: 5, state: "stored" });
  await first;
  await eventually(() => socket.of("msg").length === 2, "the third is sent");
  socket.say({ type: "ack", id: "3", mid: "n", seq: 2, ts: 5, state: "stored" });
  await third;

  assert.deepEqual(socket.of("msg").map(({ id }) => id), ["1", "3"]);
});

test("an application that takes no more is given no more, can still send, and gets everything in the end", async (t) => {
  const { client, node, messages, states } = start(t, { inboxCapacity: 2 });
  let go = () => {};
  const held = new Promise<void>((resolve) => (go = resolve));
  const answers: unknown[] = [];
  client.on("messageReceived", async ({ body }) => {
    answers.push((await client.send("bob", body, { id: `a${body}` })).mid);
    await held;
  });
  const say = (seq: number) => ({ type: "msg", from: "bob", to: "alice", body: seq, mid: `m${seq}`, ts: 1, seq });
  const answer = (socket: FakeSocket, id: string) => socket.say({ type: "ack", id, mid: id, seq: 1, ts: 1, state: "stored" });
  const first = await node.socket(1);
  first.welcome();
  [1, 2, 3, 4, 5].forEach((seq) => first.say(say(seq)));
  await eventually(() => first.of("msg").length === 1, "the handler has sent its answer");
  first.say({ type: "receipt", mid: ["a1"], peer: "bob", state: "delivered", ts: 1, seq: 6, id: "r" });
  answer(first, "a1");
  await eventually(() => answers.length === 1, "which is acknowledged while the application is behind");
  go();
  await eventually(() => first.of("msg").length === 2, "the second message is handled");
  answer(first, "a2");
  const second = await node.socket(2);
  assert.match(states.at(-1)!.reason!.reason, /no room in the inbox/);
  second.welcome();
  const { ack } = second.of("hello")[0]!;
  for (const seq of [1, 2, 3, 4, 5].filter((seq) => seq > ack)) {
    second.say(say(seq));
    await eventually(() => second.of("msg").length === seq - ack, `message ${seq} is handled`);
    answer(second, `a${seq}`);
    await setImmediate();
  }

  await eventually(() => answers.length === 5, () => `five messages, not ${messages.length}`);
  assert.deepEqual(messages.map(({ body }) => body), [1, 2, 3, 4, 5]);
});

test("a message that has become too large for the nodes fails, and does not close the client", async (t) => {
  const { client, node } = start(t);
  const sending = client.send("bob", "x".repeat(5_000));
  const socket = await node.socket(1);
  socket.welcome({ limits: { frameBytes: 1_000, sendPerSecond: 0 } });

  await assert.rejects(sending, { code: "too_large" });
  assert.equal(client.state, "connected");
});

test("one message that is sent twice has one outcome, a room's has none, and one that expired is never read", async (t) => {
  const { client, node } = start(t);
  const socket = await node.socket(1);
  socket.welcome();
  const send = async (to: string | { room: string }, id: string, mid: string) => {
    const sending = client.send(to, "hi", { id });
    await eventually(() => socket.of("msg").some((one) => one.id === id), "it is sent");
    socket.say({ type: "ack", id, mid, seq: 1, ts: 1, state: "stored" });
    return sending;
  };
  const both = [await send("bob", "1", "m"), await send("bob", "2", "m")];
  const expired = await send("bob", "3", "n");
  const roomy = await send({ room: "team" }, "4", "o");
  socket.say({ type: "receipt", mid: ["m"], peer: "bob", state: "delivered", ts: 1, seq: 1, id: "r1" }, { type: "receipt", mid: ["n"], peer: "bob", state: "expired", ts: 1, seq: 2, id: "r2" });

  assert.deepEqual((await inTime(Promise.all(both.map(({ delivered }) => delivered)), "delivered")).map(({ state }) => state), ["delivered", "delivered"]);
  await assert.rejects(expired.read, { code: "forgotten" });
  await assert.rejects(roomy.delivered, { code: "forgotten" });
});

test("a room that one was taken out of while away is left", async (t) => {
  const { client, node } = start(t);
  const changes: string[] = [];
  client.on("roomChanged", ({ name, room }) => changes.push(`${room ? "in" : "out of"} ${name}`));
  const joined = (room: string) => ({ type: "joined", room, rseq: 0, epoch: "r", after: 0, count: 1, read: 0 });
  const first = await node.socket(1);
  first.welcome({ rooms: 2 });
  first.say(joined("ds.all"), joined("team"));
  client.cutConnection();
  const second = await node.socket(2);
  second.welcome({ rooms: 1 });
  second.say(joined("ds.all"));

  assert.deepEqual(changes, ["in ds.all", "in team", "in ds.all", "out of team"]);
});

test("a room that is read again from the beginning shows again what was seen", async (t) => {
  const { client, node, messages } = start(t);
  const socket = await node.socket(1);
  const said = { type: "msg", from: "bob", room: "team", body: "hi", mid: "m1", ts: 1, rseq: 1 };
  socket.welcome();
  socket.say({ type: "joined", room: "team", rseq: 1, epoch: "r", after: 0, count: 1, read: 0 }, said, said);
  const joining = client.join("team", { since: { seq: 0, epoch: "r" } });
  await eventually(() => socket.of("join").length === 1, "it is asked for");
  socket.say({ type: "joined", room: "team", rseq: 1, epoch: "r", after: 0, count: 1, read: 0, id: socket.of("join")[0]!.id }, said);
  await joining;

  await eventually(() => messages.length === 2, "it has come twice");
  assert.deepEqual(socket.of("join")[0]!.since, { rseq: 0, epoch: "r" });
});

test("the picture of a room is put together from parts and differences", async (t) => {
  const { client, node } = start(t);
  const socket = await node.socket(1);
  socket.welcome();
  const pictures: string[] = [];
  client.on("roomPresenceChanged", ({ online, count }) => pictures.push(`${online.map(({ user }) => user).join("+")} of ${count}`));
  const watching = client.watchRoom("team");
  await eventually(() => socket.of("presence").length === 1, "it is asked for");
  const { id } = socket.of("presence")[0]!;
  const about = { type: "presence", room: "team" };
  socket.say({ ...about, members: [{ user: "alice" }], count: 3, more: true, id }, { ...about, members: [{ user: "bob" }], count: 3, id });
  socket.say({ ...about, joined: [{ user: "carol" }], left: ["bob"], count: 4 });

  assert.deepEqual((await watching).online.map(({ user }) => user), ["alice", "bob"]);
  assert.deepEqual(pictures, ["alice+bob of 3", "alice+carol of 4"]);
});

test("by hand, only what was acknowledged is, and the next hello says so", async (t) => {
  const { client, node, messages } = start(t, { manualAcknowledgement: true });
  const first = await node.socket(1);
  first.welcome();
  first.say(...[1, 2, 3].map((seq) => ({ type: "msg", from: "bob", to: "alice", body: seq, mid: `m${seq}`, ts: 1, seq })));
  await eventually(() => messages.length === 3, "three messages");
  messages[0]!.acknowledge();
  messages[1]!.acknowledge();
  await eventually(() => first.of("ack").length > 0, "an acknowledgement");
  client.cutConnection();
  const second = await node.socket(2);
  second.welcome();

  assert.equal(first.of("ack").at(-1)!.seq, 2);
  const { ack, mid, epoch, device } = second.of("hello")[0]!;
  assert.deepEqual({ ack, mid, epoch, device }, { ack: 2, mid: "m2", epoch: "e1", device: "d1" });
});

test("what was done with between the hello and the welcome is acknowledged when it has come again", async (t) => {
  const { client, node, messages } = start(t, { manualAcknowledgement: true });
  const first = await node.socket(1);
  const said = [1, 2].map((seq) => ({ type: "msg", from: "bob", to: "alice", body: seq, mid: `m${seq}`, ts: 1, seq }));
  first.welcome();
  first.say(...said);
  await eventually(() => messages.length === 2, "two messages");
  messages[0]!.acknowledge();
  client.cutConnection();
  const second = await node.socket(2);
  second.onopen!({});
  messages[1]!.acknowledge();
  second.onopen = null;
  second.welcome();
  second.say(said[1]!);
  await eventually(() => second.of("ack").length > 0, "it is acknowledged");

  assert.deepEqual([second.of("hello")[0]!.ack, second.of("ack")[0]!.seq, messages.length], [1, 2, 2]);
});

test("a change that comes right behind the answer is not older than what watching returns", async (t) => {
  const { client, node } = start(t);
  const socket = await node.socket(1);
  socket.welcome();
  const watching = client.watch(["bob"]);
  await eventually(() => socket.of("presence").length === 1, "it is asked");
  const { id } = socket.of("presence")[0]!;
  socket.say({ type: "presence", user: "bob", online: true, v: 5, id }, { type: "presence", user: "bob", online: false, v: 6 });

  assert.equal((await watching)[0]!.isOnline, false);
});

test("a question without an answer is asked again on the next connection", async (t) => {
  const { client, node } = start(t);
  const first = await node.socket(1);
  first.welcome();
  const joining = client.join("team");
  await eventually(() => first.of("join").length === 1, "it is asked");
  client.cutConnection();
  const second = await node.socket(2);
  second.welcome();
  await eventually(() => second.of("join").length === 1, "it is asked again");
  second.say({ type: "joined", room: "team", rseq: 3, epoch: "r", after: 3, count: 1, read: 0, id: second.of("join")[0]!.id });

  assert.equal((await inTime(joining, "joined")).seq, 3);
});

test("a silent node is asked, and left when it does not answer", async (t) => {
  let now = 0;
  t.mock.method(performance, "now", () => now);
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { node } = start(t);
  const first = await node.socket(1);
  first.welcome();
  const after = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      now += 1_000;
      t.mock.timers.tick(1_000);
      await setImmediate();
    }
  };

  await after(21);
  assert.equal(first.of("ping").length, 1);
  first.say({ type: "pong" });
  await after(28);
  assert.deepEqual([first.of("ping").length, first.closedWith], [2, undefined]);
  await after(2);
  assert.equal(first.closedWith, 1005);
});

test("a browser that gets its network back does not wait any longer", async (t) => {
  const target = new EventTarget();
  const browser = { addEventListener: target.addEventListener.bind(target), removeEventListener: target.removeEventListener.bind(target) };
  Object.assign(globalThis, browser);
  t.after(() => Object.keys(browser).forEach((name) => Reflect.deleteProperty(globalThis, name)));
  t.mock.method(Math, "random", () => 0.9);
  const { client, node } = start(t, { shortestPause: 3_600_000, longestPause: 3_600_000 });
  const first = await node.socket(1);
  first.welcome();
  client.cutConnection();
  await eventually(() => client.state === "recovering", "it has noticed");
  await setImmediate();
  target.dispatchEvent(new Event("online"));

  await node.socket(2);
});

test("a failing handler harms neither the others nor the client", async (t) => {
  const failures: unknown[] = [];
  const { client, node, messages } = start(t, { logger: { ...logger, error: (_: string, error: unknown) => failures.push(error) } });
  client.on("messageReceived", () => {
    throw new Error("of the application");
  });
  const socket = await node.socket(1);
  socket.welcome();
  socket.say({ type: "msg", from: "bob", to: "alice", body: 1, mid: "m1", ts: 1, seq: 1 }, { type: "msg", from: "bob", to: "alice", body: 2, mid: "m2", ts: 1, seq: 2 });

  await eventually(() => socket.of("ack").at(-1)?.seq === 2, "both are acknowledged");
  assert.deepEqual([messages.length, failures.length], [2, 2]);
});

test("messages are read in a loop, which ends with the client", async (t) => {
  const node = new FakeNode();
  const client = new DistributedSocketsClient({ nodes: ["http://one"], user: "alice", webSocket: node.webSocket, logger });
  t.after(() => client.dispose());
  void client.connect();
  const socket = await node.socket(1);
  socket.welcome();
  socket.say(...[1, 2].map((seq) => ({ type: "msg", from: "bob", to: "alice", body: seq, mid: `m${seq}`, ts: 1, seq })));
  const bodies: unknown[] = [];
  for await (const message of client.readMessages()) {
    bodies.push(message.body);
    if (bodies.length === 2) {
      void client.close();
    }
  }

  assert.deepEqual(bodies, [1, 2]);
  assert.equal(socket.sent.at(-1)!.type, "bye");
  await assert.rejects(client.connect(), { code: "closed" });
});

test("the store keeps what was given before the end, however slow it is", async (t) => {
  for (const isStarted of [false, true]) {
    const kept: string[] = [];
    const store = {
      load: async () => {
        await setImmediate();
        return { messages: [] };
      },
      add: async ({ id }: { id: string }) => {
        await setImmediate();
        kept.push(id);
      },
      remove() {},
      save() {},
    };
    const client = new DistributedSocketsClient({ nodes: ["http://one"], user: "alice", webSocket: new FakeNode().webSocket, logger, store });
    t.after(() => client.dispose());
    if (isStarted) {
      client.connect().catch(() => {});
    }

    const sending = ["1", "2"].map((id) => assert.rejects(client.send("bob", id, { id }), { code: "closed" }));
    await client.dispose();
    await Promise.all(sending);
    assert.deepEqual(kept, ["1", "2"]);
    await assert.rejects(client.send("bob", "3", { id: "3" }), { code: "closed" });
    assert.deepEqual(kept, ["1", "2"]);
  }
});

test("an id that is on its way is not taken twice", async (t) => {
  const { client } = start(t);
  const first = client.send("bob", "1", { id: "same" });
  first.catch(() => {});

  await assert.rejects(client.send("bob", "2", { id: "same" }), TypeError);
  await setImmediate();
  await assert.rejects(client.send("bob", "3", { id: "same" }), TypeError);
});

test("a store that can't be read closes the client, which says so", async (t) => {
  const store = { load: () => Promise.reject(new Error("disk on fire")), add() {}, remove() {}, save() {} };
  const { client, states } = start(t, { store });

  await assert.rejects(client.connect(), /disk on fire/);
  assert.equal(states.at(-1)!.state, "closed");
});

test("a frame has room for what the node takes", async (t) => {
  const { client, node } = start(t);
  const sending = [1, 2, 3, 4].map(() => "ä".repeat(9_000)).map((body) => client.send("bob", body));
  const socket = await node.socket(1);
  socket.welcome({ limits: { frameBytes: 40_000, sendPerSecond: 0 } });
  await eventually(() => socket.of("msg").length === 4, "all are sent");

  assert.ok(socket.frames.every((frame) => Buffer.byteLength(frame) <= 40_000));
  assert.equal(socket.frames.length, 5, "the hello, and a message each");
  await assert.rejects(client.send("bob", "ä".repeat(20_000)), { code: "too_large" });
  socket.say(...socket.of("msg").map(({ id }) => ({ type: "ack", id, mid: id, seq: 1, ts: 1, state: "stored" })));
  await Promise.all(sending);
});
