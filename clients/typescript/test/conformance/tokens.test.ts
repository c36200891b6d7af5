// The rows of docs/conformance.md about tokens, each as a test of that name.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { setting } from "../support/cluster.js";
import { eventually } from "../support/eventually.js";
import { hasCode, Person } from "../support/person.js";

const nodes = setting("DS_TOKEN_NODES").split(",");
// That of the nodes: what a renewal may come too late by.
const clockSkew = 4;

test("token", async (t) => {
  const given: number[] = [];
  const alice = new Person(t, undefined, {
    nodes,
    tokenProvider: () => {
      const exp = now() + 3;
      given.push(exp);
      return token({ exp });
    },
  });
  await alice.connect();

  await eventually(() => given.length > 1 && now() > given[0]! + clockSkew + 1, "the first token is over");

  assert.deepEqual([alice.client.user, alice.client.state], ["alice", "connected"]);
  assert.ok(!alice.states.some(({ state }) => state === "recovering"));
});

test("token, not valid", async (t) => {
  const logger = { info() {}, warn() {}, error() {} };
  const alice = new Person(t, undefined, { nodes, logger, tokenProvider: async () => token({ aud: "somebody else" }) });

  await assert.rejects(alice.connect(), hasCode("closed"));

  assert.deepEqual([alice.states.at(-1)!.state, alice.states.at(-1)!.reason!.code], ["closed", 4001]);
});

test("token provider", async (t) => {
  let asked = 0;
  const alice = new Person(t, undefined, {
    nodes,
    tokenProvider: () => {
      if (++asked < 3) {
        throw new Error("no token yet");
      }

      return token({});
    },
  });

  await alice.connect();

  assert.ok(alice.states.some(({ state, reason }) => state === "connecting" && reason?.reason === "no token yet"));
});

function now(): number {
  return Math.floor(Date.now() / 1_000);
}

function token(claims: object): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const input = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ sub: "alice", aud: setting("DS_TOKEN_AUDIENCE"), exp: now() + 3_600, ...claims })}`;
  return `${input}.${createHmac("sha256", Buffer.from(setting("DS_TOKEN_KEY"), "base64")).update(input).digest("base64url")}`;
}
