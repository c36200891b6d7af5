// The cluster that the tests run against, which somebody else has started: see TypeScriptSuite.cs.
import { randomUUID } from "node:crypto";
import { eventually } from "./eventually.js";

interface NodeFacts {
  readonly node: string;
  readonly pid: number;
}

/** A variable of the environment, which whoever starts the suite has to set. */
export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`${name} is not set: these tests need a cluster, and are started by DistributedSockets.Tests (see the package's README).`);
  }

  return value;
}

/** Addresses of the three nodes; node 1 is the first. */
export const nodes = setting("DS_NODES").split(",");

/** A name that no other test uses. */
export function newUser(name: string): string {
  return `${name}-${randomUUID().slice(0, 8)}`;
}

/** What a node tells of itself; undefined while it does not answer. */
export async function tryInfo(number: number): Promise<NodeFacts | undefined> {
  try {
    return (await (await fetch(`${nodes[number - 1]}/info`, { signal: AbortSignal.timeout(5_000) })).json()) as NodeFacts;
  } catch {
    return undefined;
  }
}

/** Sends a signal to a node's process. */
export async function signal(number: number, name: "SIGKILL" | "SIGTERM"): Promise<void> {
  let facts: NodeFacts | undefined;
  await eventually(async () => (facts = await tryInfo(number)) !== undefined, `node-${number} answers /info`);
  process.kill(facts!.pid, name);
}

/** The number in a node's name: 2 for server-2. */
export function numberOf(node: string | undefined): number {
  return Number(node?.split("-")[1]);
}

/** Completes when all nodes are healthy. */
export const whenHealthy = () => control("healthy");

/** Starts a node again that was stopped. */
export const restart = (number: number) => control(`restart/${number}`);

/** Takes everything out of the store that has the user's name. */
export const wipe = (user: string) => control(`wipe/${user}`);

async function control(what: string): Promise<void> {
  const answer = await fetch(`${setting("DS_CONTROL")}/${what}`, { method: "POST", signal: AbortSignal.timeout(90_000) });
  if (!answer.ok) {
    throw new Error(`${what}: ${answer.status} ${await answer.text()}`);
  }
}
