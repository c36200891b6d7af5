// The rows of docs/conformance.md about one or two clients, each as a test of that name.
import assert from "node:assert/strict";
import { test } from "node:test";
import { newUser, nodes, numberOf, restart, signal, tryInfo, whenHealthy, wipe } from "../support/cluster.js";
import { eventually, inTime } from "../support/eventually.js";
import { MemoryStore } from "../support/memoryStore.js";
import { hasCode, numbers, pair, Person } from "../support/person.js";

test("connect", async (t) => {
  const alice = await Person.connect(t, newUser("alice"), 3);

  assert.equal(alice.client.state, "connected");
  assert.equal(alice.client.user, alice.name);
  assert.equal(alice.client.node, "server-3");
  assert.ok(alice.client.device);
});

test("send", async (t) => {
  const { alice, bob } = await pair(t);

  const sent = await alice.client.send(bob.name, "hi", { contentType: "text/x-test", trace: true });
  await bob.whenReceived(1);
  const delivered = await inTime(sent.delivered, "delivered");
  const [message] = bob.messages;
  bob.client.markRead(message!);
  const read = await inTime(sent.read, "read");

  assert.equal(bob.messages.length, 1);
  assert.deepEqual(
    [message!.from, message!.to, message!.body, message!.mid, message!.contentType, message!.id],
    [alice.name, bob.name, "hi", sent.mid, "text/x-test", sent.id],
  );
  assert.deepEqual([delivered.state, delivered.peer, delivered.device], ["delivered", bob.name, bob.client.device]);
  assert.equal(read.state, "read");
  await eventually(() => alice.hops.some((hop) => hop.step === "written" && hop.node === "server-2"), "the trace tells of the other node");
});

test("order", async (t) => {
  const { alice, bob } = await pair(t);

  await alice.sendAll(bob.name, 300);
  await bob.whenReceived(300);

  assert.deepEqual(bob.texts, numbers(300));
});

test("fast", async (t) => {
  const { alice, bob } = await pair(t);

  alice.client.sendFast(bob.name, "quick");
  await bob.whenReceived(1);

  assert.equal(bob.messages[0]!.seq, undefined);
  assert.deepEqual(alice.acknowledged, []);
});

test("away", async (t) => {
  const name = newUser("alice");
  const user = newUser("bob");
  const store = new MemoryStore();
  const alice = await Person.connect(t, name, undefined, { store });
  await alice.sendAll(user, 50);
  await alice.client.dispose();

  const bob = await Person.connect(t, user);
  await bob.whenReceived(50);
  await bob.client.dispose();
  const again = await Person.connect(t, name, undefined, { store });
  await eventually(() => again.receipts.flatMap((receipt) => receipt.mids).length === 50, "50 receipts");

  assert.deepEqual(bob.texts, numbers(50));
});

test("duplicate", async (t) => {
  const { alice, bob } = await pair(t);

  const first = await alice.client.send(bob.name, "once", { id: "same" });
  const second = await alice.client.send(bob.name, "once", { id: "same" });
  await alice.client.send(bob.name, "then");
  await bob.whenReceived(2);

  assert.deepEqual([first.isDuplicate, second.isDuplicate, second.mid], [false, true, first.mid]);
  assert.deepEqual(bob.texts, ["once", "then"]);
});

test("refused", async (t) => {
  const { alice, bob } = await pair(t);
  await alice.client.send(bob.name, "one", { id: "same" });

  await assert.rejects(alice.client.send(bob.name, "another", { id: "same" }), hasCode("id_reused"));
  await assert.rejects(alice.client.send({ room: "nobody's" }, "hi"), hasCode("no_such_room"));
  await assert.rejects(alice.client.send(bob.name, "x".repeat(70_000)), hasCode("too_large"));
  assert.equal(alice.client.state, "connected");
});

test("cut", async (t) => {
  const { alice, bob } = await pair(t, true);

  const sending = alice.sendAll(bob.name, 400);
  for (const share of [50, 100, 200, 300]) {
    await bob.whenReceived(share);
    alice.client.cutConnection();
    bob.client.cutConnection();
  }

  await sending;
  await bob.whenReceived(400);
  assert.deepEqual(bob.texts, numbers(400));
  assert.ok(alice.states.some(({ state, reason }) => state === "recovering" && reason?.code === 1006));
});

test("kill", async (t) => {
  const { alice, bob } = await pair(t, true);

  const sending = alice.sendAll(bob.name, 400);
  await bob.whenReceived(100);
  await signal(numberOf(bob.client.node), "SIGKILL");
  await sending;
  await bob.whenReceived(400);

  assert.deepEqual(bob.texts, numbers(400));
  await whenHealthy();
});

test("drain", async (t) => {
  const { alice, bob } = await pair(t, true);
  const leaving = bob.client.node;

  await signal(numberOf(leaving), "SIGTERM");
  let sent = 0;
  while (bob.client.node === leaving || bob.client.state !== "connected") {
    await alice.client.send(bob.name, `${++sent}`);
  }

  await bob.whenReceived(sent);
  assert.deepEqual(bob.texts, numbers(sent));
  assert.deepEqual([...new Set(bob.states.flatMap(({ reason }) => reason?.code ?? []))], [4200]);
  await eventually(async () => (await tryInfo(numberOf(leaving))) === undefined, "the node has ended");
  await restart(numberOf(leaving));
});

test("resume", async (t) => {
  const user = newUser("bob");
  const store = new MemoryStore();
  const alice = await Person.connect(t, newUser("alice"));
  const bob = await Person.connect(t, user, undefined, { store });
  await alice.sendAll(user, 20);
  await bob.whenReceived(20);
  await bob.client.dispose();

  await alice.sendAll(user, 10);
  const later = await Person.connect(t, user, undefined, { store });
  await later.whenReceived(10);

  assert.equal(later.client.device, bob.client.device);
  assert.deepEqual(later.texts, numbers(10));
  assert.deepEqual(later.gaps, []);
});

test("outbox", async (t) => {
  const name = newUser("alice");
  const store = new MemoryStore();
  const bob = await Person.connect(t, newUser("bob"));
  const alice = new Person(t, name, { store });
  const sending = [alice.client.send(bob.name, "1"), alice.client.send(bob.name, "2")];
  const ended = Promise.all(sending.map((one) => assert.rejects(one, hasCode("closed"))));
  await eventually(() => store.load().messages.length === 2, "both are kept");
  await alice.client.dispose();
  await ended;

  const later = await Person.connect(t, name, undefined, { store });
  await bob.whenReceived(2);
  await eventually(() => later.acknowledged.length === 2, "both are acknowledged");

  assert.deepEqual(bob.texts, ["1", "2"]);
  assert.deepEqual(store.load().messages, []);
});

test("gap", async (t) => {
  const { alice, bob } = await pair(t, true);
  await alice.sendAll(bob.name, 5);
  await bob.whenReceived(5);

  await wipe(bob.name);
  bob.client.cutConnection();
  await eventually(() => bob.gaps.length > 0, "the gap is told");
  await alice.client.send(bob.name, "after");
  await eventually(() => bob.texts.includes("after"), "the message after it");

  assert.deepEqual({ ...bob.gaps[0] }, { room: undefined });
});

test("superseded", async (t) => {
  const user = newUser("bob");
  const logger = { info() {}, warn() {}, error() {} };
  const first = await Person.connect(t, user, 1, { device: "phone", logger });
  const second = await Person.connect(t, user, 2, { device: "phone" });

  await eventually(() => first.client.state === "closed", "the first one is closed");

  await assert.rejects(first.client.send("carol", "hi"), hasCode("closed"));
  assert.equal(first.states.at(-1)!.reason!.code, 4005);
  assert.equal(second.client.state, "connected");
});

test("nodes", async (t) => {
  const alice = new Person(t, newUser("alice"), { nodes: ["http://localhost:9", "http://localhost:10", nodes[2]!] });

  await alice.connect();

  assert.equal(alice.client.node, "server-3");
});

test("full", async (t) => {
  const failing = new Person(t, newUser("alice"), { outboxCapacity: 1, whenOutboxFull: "fail" });
  const waiting = new Person(t, newUser("carol"), { outboxCapacity: 1 });
  const user = newUser("bob");

  const kept = failing.client.send(user, "1");
  await assert.rejects(failing.client.send(user, "2"), hasCode("outbox_full"));
  const both = Promise.all([waiting.client.send(user, "1"), waiting.client.send(user, "2")]);
  await failing.connect();
  await waiting.connect();

  await inTime(Promise.all([kept, both]), "all are acknowledged");
});
