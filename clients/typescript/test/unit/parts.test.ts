// The parts that decide without a network: pauses, bands, nodes, places, pace, stores.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Backoff, explain } from "#dist/backoff.js";
import type { WebStorage } from "#dist/localStore.js";
import { LocalStorageStore } from "#dist/localStore.js";
import { NodeList } from "#dist/nodes.js";
import { Pace } from "#dist/pace.js";
import { Place } from "#dist/place.js";
import { RecentIds } from "#dist/recent.js";
import { StoreKeeper } from "#dist/store.js";
import { version } from "#dist/version.js";

const pauses = { shortestPause: 250, longestPause: 20_000 };
const never = new AbortController().signal;

test("pauses double up to the longest, and are chosen by chance below", (t) => {
  const backoff = new Backoff(pauses);
  let chance = 1;
  t.mock.method(Math, "random", () => chance);

  const found = Array.from({ length: 9 }, () => backoff.next(explain(1006, ""), undefined));

  assert.deepEqual(found, [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]);
  chance = 0;
  assert.equal(backoff.next(explain(1006, ""), undefined), 0);
});

test("the band says whether and when to come back", (t) => {
  t.mock.method(Math, "random", () => 0.5);
  const next = (code: number, lived?: number) => new Backoff(pauses).next(explain(code, ""), lived);

  assert.deepEqual([4001, 4099, 1002, 1007].map((code) => explain(code, "").isFinal), [true, true, true, true]);
  assert.deepEqual([1006, 1001, 4100, 4200].map((code) => explain(code, "").isFinal), [false, false, false, false]);
  assert.equal(next(4200, 100), 0, "42xx: now");
  assert.equal(next(4102, 100), 1_125, "41xx: a second at least");
  assert.equal(next(1006, 100), 125, "cut: with jitter");
  assert.equal(next(4200), 125, "never open: with jitter");
});

test("a node that wants to be left alone for so long is", (t) => {
  t.mock.method(Math, "random", () => 0);
  const end = explain(4100, "full", { type: "error", code: "rate_limited", reason: "wait", retryMs: 7_000 });

  assert.equal(new Backoff(pauses).next(end, undefined), 7_000);
  assert.equal(explain(4001, "not authenticated", { type: "error", reason: "the audience is another" }).reason, "the audience is another");
});

test("a connection that has lived makes the pauses short again", (t) => {
  t.mock.method(Math, "random", () => 1);
  const backoff = new Backoff(pauses);
  backoff.next(explain(1006, ""), undefined);
  backoff.next(explain(1006, ""), undefined);

  assert.equal(backoff.next(explain(4200, ""), 100), 1_000);
  assert.equal(backoff.next(explain(4200, ""), 6_000), 0);
});

test("every node has its turn, the last one comes last in the next round, a named one first", async () => {
  const nodes = new NodeList({ nodes: ["http://a:1", "https://b/base/", "ws://c:3/ws"], user: "é&" });
  const round = async () => [await nodes.next(never), await nodes.next(never), await nodes.next(never)];

  const rounds = [await round()];
  while (rounds.length < 30) {
    rounds.push(await round());
    assert.equal(rounds.at(-1)![2], rounds.at(-2)![2]);
  }

  for (const nodes of rounds) {
    assert.deepEqual(nodes.sort(), ["ws://a:1/ws?user_id=%C3%A9%26", "ws://c:3/ws?user_id=%C3%A9%26", "wss://b/base/ws?user_id=%C3%A9%26"]);
  }

  nodes.name("http://d:4");
  assert.equal(await nodes.next(never), "ws://d:4/ws?user_id=%C3%A9%26");
});

test("nodes are asked for before each round, and a token leaves the user out of the address", async () => {
  let asked = 0;
  const nodes = new NodeList({ nodeProvider: async () => [`http://n${++asked}`], tokenProvider: () => "t" });

  assert.deepEqual([await nodes.next(never), await nodes.next(never)], ["ws://n1/ws", "ws://n2/ws"]);
});

test("a place moves on when everything before is done, and is told once", () => {
  const place = new Place(() => {});
  place.begin("e");
  const [one, two, five] = [place.take(1, "m1"), place.take(2, "m2"), place.take(5, "m5")];

  two!.finish();
  five!.finish();
  assert.equal(place.news(), undefined);
  one!.finish();

  assert.deepEqual([place.news(), place.news(), place.doneMid], [5, undefined, "m5"]);
  assert.equal(place.take(5, "m5"), undefined, "seen before");
});

test("no more is acknowledged than the connection was sent", () => {
  const place = new Place(() => {});
  place.begin("e");
  const entry = place.take(7, "m7");
  place.begin("e");
  entry!.finish();

  assert.equal(place.news(), undefined);
  place.take(7, "m7");
  assert.equal(place.news(), 7);
});

test("another epoch begins anew, and what was open in the old one moves nothing", () => {
  const place = new Place(() => {});
  assert.equal(place.begin("e"), false);
  const old = place.take(9, "m9");

  assert.equal(place.begin("f"), true);
  old!.finish();

  assert.deepEqual([old!.isCurrent, place.done, place.news()], [false, 0, undefined]);
  assert.ok(place.take(1, "n1"), "small numbers are new again");
});

test("a room begins where the node says", () => {
  const place = new Place(() => {});
  place.begin("e", 17);

  assert.equal(place.take(17, "m"), undefined);
  place.take(18, "n")!.finish();
  assert.equal(place.news(), 18);
});

test("only the last ids are remembered", () => {
  const ids = new RecentIds(2);

  assert.deepEqual([ids.add("a"), ids.add("b"), ids.add("a"), ids.add("c"), ids.add("a")], [true, true, false, true, true]);
});

test("a pace lets through what was saved up, then so many a second", (t) => {
  let now = 0;
  t.mock.method(performance, "now", () => now);
  const pace = new Pace(10);

  assert.deepEqual(Array.from({ length: 11 }, () => pace.take()), [...Array<number>(10).fill(0), 100]);
  now += 100;
  assert.deepEqual([pace.take(), pace.take()], [0, 100]);
});

test("a store in localStorage keeps the order, and only its own", () => {
  const storage = new FakeStorage();
  const store = new LocalStorageStore("chat/alice", storage);
  storage.setItem("chat/alicia/message/1", "no business of alice's");
  store.load();
  Array.from({ length: 11 }, (_, index) => store.add({ id: `i${index}`, target: index === 3 ? { room: "team" } : "bob", frame: `f${index}` }));
  store.remove("i0");
  store.save({ device: "d", seq: 4 });

  const again = new LocalStorageStore("chat/alice", storage);
  const { messages, place } = again.load();
  again.add({ id: "last", target: "bob", frame: "" });

  assert.deepEqual(messages.map(({ id }) => id), ["i1", "i2", "i3", "i4", "i5", "i6", "i7", "i8", "i9", "i10"]);
  assert.deepEqual(messages[2]!.target, { room: "team" });
  assert.deepEqual(place, { device: "d", seq: 4 });
  assert.equal(new LocalStorageStore("chat/alice", storage).load().messages.at(-1)!.id, "last");
  assert.equal(storage.length, 13);
});

test("a store is called one at a time, and of many places it gets the last", async () => {
  const calls: string[] = [];
  let busy = 0;
  const slow = async (call: string) => {
    assert.equal(busy++, 0);
    await new Promise((resolve) => setTimeout(resolve));
    busy--;
    calls.push(call);
  };
  const errors: string[] = [];
  const logger = { info() {}, warn() {}, error: (text: string) => void errors.push(text) };
  const keeper = new StoreKeeper({
    load: () => ({ messages: [] }),
    add: ({ id }) => (id === "bad" ? Promise.reject(new Error("no room")) : slow(`add ${id}`)),
    remove: (id) => slow(`remove ${id}`),
    save: ({ seq }) => slow(`save ${seq}`),
  }, logger);

  const added = keeper.add({ id: "a", target: "bob", frame: "" });
  [1, 2, 3].forEach((seq) => keeper.save({ device: "d", seq }));
  keeper.remove("a");
  await assert.rejects(keeper.add({ id: "bad", target: "bob", frame: "" }), /no room/);
  keeper.save({ device: "d", seq: 4 });
  await added;
  await keeper.flush();

  assert.deepEqual(calls, ["add a", "save 3", "remove a", "save 4"]);
  assert.deepEqual(errors, []);
});

test("the version is the package's", async () => {
  const file = JSON.parse(await readFile(new URL("../../../package.json", import.meta.url), "utf8")) as { version: string };

  assert.equal(version, file.version);
});

class FakeStorage implements WebStorage {
  readonly #items = new Map<string, string>();

  get length(): number {
    return this.#items.size;
  }

  key(index: number): string | null {
    return [...this.#items.keys()].reverse()[index] ?? null;
  }

  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }

  removeItem(key: string): void {
    this.#items.delete(key);
  }
}
