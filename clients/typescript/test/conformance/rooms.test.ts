// The rows of docs/conformance.md about rooms, history, presence and typing, each as a test of that name.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RoomPresence, SentMessage } from "distributed-sockets";
import { newUser } from "../support/cluster.js";
import { eventually } from "../support/eventually.js";
import { hasCode, numbers, pair, Person } from "../support/person.js";

test("room", async (t) => {
  const room = newUser("team");
  const name = newUser("alice");
  const alice = await Person.connect(t, name, 1);
  const laptop = await Person.connect(t, name, 2);
  const bob = await Person.connect(t, newUser("bob"), 3);
  await alice.client.join(room);
  const joined = await bob.client.join(room);
  await eventually(() => laptop.rooms.some((change) => change.name === room && change.room), "the other device is in the room");

  const sent = await alice.client.send({ room }, "hi all");
  await bob.whenReceived(1);
  await laptop.whenReceived(1);

  assert.deepEqual(joined.members, [name, bob.name]);
  const [message] = bob.messages;
  assert.deepEqual([message!.from, message!.room, message!.body, message!.mid], [name, room, "hi all", sent.mid]);
  assert.deepEqual(laptop.texts, ["hi all"]);
  assert.deepEqual(alice.texts, []);
  assert.deepEqual((await alice.client.getMembers(room)).members, [name, bob.name]);

  await bob.client.leave(room);
  await assert.rejects(bob.client.send({ room }, "still here?"), hasCode("no_such_room"));
  assert.equal(bob.rooms.at(-1)!.room, undefined);
});

test("room, cut", async (t) => {
  const room = newUser("team");
  const { alice, bob } = await pair(t, true);
  await alice.client.join(room);
  await bob.client.join(room);

  const sending = alice.sendAll({ room }, 200);
  for (const share of [20, 80, 140]) {
    await bob.whenReceived(share);
    bob.client.cutConnection();
    alice.client.cutConnection();
  }

  await sending;
  await bob.whenReceived(200);
  assert.deepEqual(bob.texts, numbers(200));
});

test("history", async (t) => {
  const room = newUser("team");
  const { alice, bob } = await pair(t, true);
  await alice.client.join(room);
  await bob.client.join(room);
  const sent: SentMessage[] = [];
  for (const text of numbers(5)) {
    sent.push(await alice.client.send({ room }, text));
  }

  await alice.client.edit({ room }, sent[3]!.mid, "four");
  await alice.client.delete({ room }, sent[4]!.mid);
  await bob.whenReceived(7);
  const newest = await bob.client.getHistory({ room }, { limit: 3 });
  const older = await bob.client.getHistory({ room }, { before: newest.messages[0]!.seq });
  const newer = await bob.client.getHistory({ room }, { after: older.messages.at(-1)!.seq });

  assert.deepEqual(newest.messages.map((entry) => entry.body), ["3", "four", undefined]);
  assert.ok(newest.hasMore && newest.messages[1]!.edited && newest.messages[2]!.deleted);
  assert.deepEqual([older.hasMore, older.messages.map((entry) => entry.body)], [false, ["1", "2"]]);
  assert.deepEqual(newer.messages, newest.messages);
  assert.deepEqual(bob.messages.slice(5).map(({ kind, of }) => [kind, of]), [["edit", sent[3]!.mid], ["delete", sent[4]!.mid]]);
});

test("presence", async (t) => {
  const { alice, bob } = await pair(t, true);

  const before = await alice.client.watch([bob.name]);
  await bob.client.setStatus("lunch");
  await eventually(() => alice.presences.some((presence) => presence.status === "lunch"), "the status is seen");
  alice.client.cutConnection();
  await bob.client.close();
  await eventually(() => alice.presences.at(-1)?.isOnline === false, "bob is seen to leave");

  assert.deepEqual(before.map((presence) => presence.isOnline), [true]);
  assert.equal((await alice.client.getPresence([bob.name]))[0]!.isOnline, false);
});

test("room presence", async (t) => {
  const room = newUser("team");
  const { alice, bob } = await pair(t);
  await alice.client.join(room);
  await bob.client.join(room);
  const names = (presence: RoomPresence | undefined) => presence?.online.map(({ user }) => user).sort();

  const before = await alice.client.watchRoom(room);
  alice.client.cutConnection();
  await bob.client.close();
  await eventually(() => names(alice.roomPresences.at(-1))?.join() === alice.name, "bob is seen to leave");

  assert.deepEqual(names(before), [alice.name, bob.name]);
  assert.deepEqual([before.count, alice.roomPresences.at(-1)!.count], [2, 2]);
  assert.deepEqual(names(await alice.client.getRoomPresence(room)), [alice.name]);
});

test("typing", async (t) => {
  const { alice, bob } = await pair(t);

  alice.client.setTyping(bob.name, true);
  await eventually(() => bob.typings.length > 0, "typing is seen");

  assert.deepEqual(bob.typings[0], { from: alice.name, room: undefined, isOn: true });
});
