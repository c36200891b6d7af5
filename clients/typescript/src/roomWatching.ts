// Who is online in rooms: asked once, or put together from an answer and the differences behind it, over reconnects.
import type { ClientEvents } from "./client.js";
import type { Emitter } from "./emitter.js";
import { ClientError } from "./errors.js";
import type { Logger } from "./options.js";
import type { Presence, RoomPresence } from "./presence.js";
import { memberOf } from "./presence.js";
import type { Requests } from "./requests.js";
import type { MemberItem, Push } from "./wire.js";

interface Picture {
  readonly online: Map<string, Presence>;
  count: number;

  /** More of it follows. */
  isPart: boolean;
}

export class RoomWatching {
  readonly #requests: Requests;
  readonly #events: Emitter<ClientEvents>;
  readonly #logger: Logger;
  readonly #pictures = new Map<string, Picture>();

  constructor(requests: Requests, events: Emitter<ClientEvents>, logger: Logger) {
    this.#requests = requests;
    this.#events = events;
    this.#logger = logger;
  }

  get(room: string, signal?: AbortSignal): Promise<RoomPresence> {
    return this.#ask("get", room, signal);
  }

  async watch(room: string, signal?: AbortSignal): Promise<RoomPresence> {
    // Entered before it is asked for: a change may come right behind the answer.
    const isNew = !this.#pictures.has(room);
    if (isNew) {
      this.#pictures.set(room, { online: new Map(), count: 0, isPart: false });
    }

    try {
      return await this.#ask("sub", room, signal);
    } catch (error) {
      if (isNew) {
        this.end(room);
      }

      throw error;
    }
  }

  async unwatch(room: string, signal?: AbortSignal): Promise<void> {
    this.end(room);
    await this.#requests.ask("presence", { op: "unsub", room }, signal);
  }

  /** Returns false if it was not watched. */
  end(room: string): boolean {
    return this.#pictures.delete(room);
  }

  /** What a connection watches ends with it. */
  again(): void {
    for (const room of this.#pictures.keys()) {
      this.#ask("sub", room).catch((error) => this.#logger.warn(`A node has refused a command: ${String(error)}`));
    }
  }

  take(push: Push): void {
    const room = push.room!;
    this.#requests.answer(push);
    if (push.op === "unsub") {
      if (push.id === undefined && this.end(room)) {
        void this.#events.raise("refused", new ClientError("limit_reached", `The room '${room}' has grown too large to be watched.`));
      }

      return;
    }

    const picture = this.#pictures.get(room);
    if (picture) {
      this.#draw(picture, push);
      if (!picture.isPart) {
        void this.#events.raise("roomPresenceChanged", { room, online: [...picture.online.values()], count: picture.count });
      }
    }
  }

  #draw(picture: Picture, push: Push): void {
    picture.count = push.count ?? picture.count;
    if (push.members) {
      if (!picture.isPart) {
        picture.online.clear();
      }

      picture.isPart = push.more ?? false;
    }

    push.left?.forEach((user) => picture.online.delete(user));
    for (const item of (push.members as MemberItem[] | undefined) ?? push.joined ?? []) {
      picture.online.set(item.user, memberOf(item));
    }
  }

  async #ask(op: string, room: string, signal?: AbortSignal): Promise<RoomPresence> {
    const answers = await this.#requests.ask("presence", { op, room }, signal, (all) => !all.at(-1)!.more);
    const online = answers.flatMap((answer) => ((answer.members ?? []) as MemberItem[]).map(memberOf));
    return { room, online, count: answers.at(-1)!.count ?? 0 };
  }
}
