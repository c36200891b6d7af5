// The built bundle and samples/browser in a real browser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, normalize } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { newUser, nodes, setting } from "../support/cluster.js";
import { eventually } from "../support/eventually.js";
import { Person } from "../support/person.js";

const repository = new URL("../../../../../", import.meta.url);
const nobody = "http://localhost:9";
const patience = 45_000;
let server: Server;
let browser: Browser;
let origin: string;

before(async () => {
  server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url!, "http://localhost").pathname).replace(/\/$/, "/index.html");
    try {
      const file = await readFile(new URL(`.${path}`, repository));
      response.writeHead(200, { "Content-Type": extname(path) === ".html" ? "text/html" : "text/javascript" }).end(file);
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await chromium.launch({
    executablePath: setting("DS_CHROMIUM"),
    timeout: 90_000,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
});

after(async () => {
  await browser?.close();
  server.closeAllConnections();
  server.close();
});

test("the sample: two people write to each other, and see what became of it", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const hers = await open(alice, nodes[0]!);
  const his = await open(bob, nodes[1]!);

  await say(hers, bob, "hi bob");
  await line(his, `${alice}: hi bob`);
  await line(hers, `to ${bob}: hi bob`, "read");
  await hers.getByRole("button", { name: "Lose the connection" }).click();
  await say(hers, bob, "still here");
  await line(his, `${alice}: still here`);
});

test("the sample: a room", async () => {
  const room = newUser("#team");
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const hers = await open(alice, nodes[0]!);
  const his = await open(bob, nodes[2]!);
  for (const page of [hers, his]) {
    await page.getByLabel("To a user").fill(room);
    await page.getByRole("button", { name: "Join the room" }).click();
    await line(page, `You are in ${room}`);
  }

  await say(hers, room, "hi all");
  await line(his, `${alice} in ${room}: hi all`);
  await line(hers, `to ${room}: hi all`, "stored");
});

test("the sample: a reload loses nothing and repeats nothing", async (t) => {
  const bob = await Person.connect(t, newUser("bob"));
  const alice = newUser("alice");
  const page = await open(alice, nobody, false);
  await say(page, bob.name, "1");
  await say(page, bob.name, "2");
  await line(page, `to ${bob.name}: 2`, "waiting");

  await page.goto(address(alice, nodes.join()));
  await bob.whenReceived(2);
  assert.deepEqual(bob.texts, ["1", "2"]);
  await bob.client.send(alice, "seen before");
  await line(page, "seen before");
  await page.goto("about:blank");
  await bob.client.send(alice, "missed");
  await page.goto(address(alice, nodes.join()));
  await line(page, `${bob.name}: missed`);
  assert.deepEqual(await page.locator("li").allTextContents(), [`${bob.name}: missed`]);
});

test("IndexedDB: a reload loses nothing, in order", async (t) => {
  const bob = await Person.connect(t, newUser("bob"));
  const alice = newUser("alice");
  const page = await newPage();
  await page.goto(`${origin}/samples/browser/`);
  await page.evaluate(send, { user: alice, to: bob.name, nodes: [nobody], texts: ["1", "2", "3"] });
  await eventually(async () => (await page.evaluate(kept, alice)) === 3, "three messages are kept");

  await page.reload();
  await page.evaluate(send, { user: alice, to: bob.name, nodes: [...nodes], texts: ["4"] });
  await bob.whenReceived(4);

  assert.deepEqual(bob.texts, ["1", "2", "3", "4"]);
  await eventually(async () => (await page.evaluate(kept, alice)) === 0, "nothing waits any more");
});

/** Runs in the page: sends without waiting, from a client with a store. */
async function send({ user, to, nodes, texts }: { user: string; to: string; nodes: string[]; texts: string[] }): Promise<void> {
  const path = "/clients/typescript/dist/distributed-sockets.min.js";
  const { DistributedSocketsClient, IndexedDbStore } = (await import(path)) as typeof import("distributed-sockets");
  const client = new DistributedSocketsClient({ user, nodes, store: new IndexedDbStore(user) });
  texts.forEach((text) => void client.send(to, text));
  void client.connect();
}

/** Runs in the page: how many messages the store holds. */
async function kept(user: string): Promise<number> {
  const path = "/clients/typescript/dist/distributed-sockets.min.js";
  const { IndexedDbStore } = (await import(path)) as typeof import("distributed-sockets");
  return (await new IndexedDbStore(user).load()).messages.length;
}

async function newPage(): Promise<Page> {
  const context = await browser.newContext();
  context.setDefaultTimeout(patience);
  return context.newPage();
}

function address(user: string, nodes: string): string {
  return `${origin}/samples/browser/?${new URLSearchParams({ user, nodes })}`;
}

async function open(user: string, nodes: string, isReachable = true): Promise<Page> {
  const page = await newPage();
  await page.goto(address(user, nodes));
  await page.getByRole("status").filter({ hasText: isReachable ? "connected to server-" : "connecting: " }).waitFor();
  return page;
}

async function say(page: Page, to: string, text: string): Promise<void> {
  await page.getByLabel("To a user").fill(to);
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

async function line(page: Page, text: string, state = ""): Promise<void> {
  await page.locator("li").filter({ hasText: text }).filter({ hasText: state }).waitFor();
}
