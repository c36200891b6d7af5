// Asking how others are, and being told of it over reconnects.
import type { ClientEvents } from "./client.js";
import type { Emitter } from "./emitter.js";
import type { Logger } from "./options.js";
import type { Presence } from "./presence.js";
import { presenceOf } from "./presence.js";
import type { Requests } from "./requests.js";
import type { Push } from "./wire.js";

export class Watching {
  readonly #requests: Requests;
  readonly #events: Emitter<ClientEvents>;
  readonly #logger: Logger;

  /** How each one who is watched was last. A version that is not newer tells nothing. */
  readonly #watched = new Map<string, { presence?: Presence; version: number }>();

  constructor(requests: Requests, events: Emitter<ClientEvents>, logger: Logger) {
    this.#requests = requests;
    this.#events = events;
    this.#logger = logger;
  }

  async get(users: Iterable<string>, signal?: AbortSignal): Promise<Presence[]> {
    return (await this.#ask("get", [...new Set(users)], signal)).map(presenceOf);
  }

  async watch(users: Iterable<string>, signal?: AbortSignal): Promise<Presence[]> {
    const names = [...new Set(users)];

    // Before the answer: what comes right behind it is told, and must not be older than what this returns.
    const added = names.filter((name) => !this.#watched.has(name));
    added.forEach((name) => this.#watched.set(name, { version: -1 }));
    try {
      const answers = await this.#ask("sub", names, signal);
      answers.forEach((push) => this.#note(push));
      return answers.map((push) => this.#watched.get(push.user!)?.presence ?? presenceOf(push));
    } catch (error) {
      added.forEach((name) => this.#watched.delete(name));
      throw error;
    }
  }

  async unwatch(users: Iterable<string>, signal?: AbortSignal): Promise<void> {
    const names = [...new Set(users)];
    names.forEach((name) => this.#watched.delete(name));
    if (names.length > 0) {
      await this.#requests.ask("presence", { op: "unsub", users: names }, signal);
    }
  }

  /** What a connection watches ends with it. */
  async again(): Promise<void> {
    try {
      (await this.#ask("sub", [...this.#watched.keys()])).forEach((push) => this.#tell(push));
    } catch (error) {
      this.#logger.warn(`A node has refused a command: ${String(error)}`);
    }
  }

  take(push: Push): void {
    if (!this.#requests.answer(push) && push.user !== undefined) {
      this.#tell(push);
    }
  }

  async #ask(op: string, users: string[], signal?: AbortSignal): Promise<Push[]> {
    return users.length === 0 ? [] : this.#requests.ask("presence", { op, users }, signal, (answers) => answers.length === users.length);
  }

  #tell(push: Push): void {
    const news = this.#note(push);
    if (news) {
      void this.#events.raise("presenceChanged", news);
    }
  }

  /** Returns it if it is news of somebody who is watched. */
  #note(push: Push): Presence | undefined {
    const version = push.v ?? 0;
    const known = this.#watched.get(push.user!);
    if (!known || version <= known.version) {
      return undefined;
    }

    const presence = presenceOf(push);
    this.#watched.set(push.user!, { presence, version });
    return presence;
  }
}
