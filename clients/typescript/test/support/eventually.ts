// Waits for what must become true.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

const patience = 30_000;

/** Waits until the condition holds, or fails with what was missing. */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string | (() => string), limit = patience): Promise<void> {
  const end = performance.now() + limit;
  while (!(await condition())) {
    assert.ok(performance.now() < end, `Not in time: ${typeof what === "string" ? what : what()}`);
    await delay(20);
  }
}

/** What the promise resolves to, or fails in time. */
export async function inTime<T>(promise: Promise<T>, what: string, limit = patience): Promise<T> {
  const late = new AbortController();
  const timer = delay(limit, undefined, { signal: late.signal }).then(() => assert.fail(`Not in time: ${what}`));
  timer.catch(() => {});
  try {
    return await Promise.race([promise, timer]);
  } finally {
    late.abort();
  }
}
