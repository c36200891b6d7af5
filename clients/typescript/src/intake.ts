// What comes from a node.
import { refusal } from "./errors.js";
import { ReceivedMessage } from "./messages.js";
import type { MessageKind, Receipt, ReceiptState, SentMessage } from "./model.js";
import type { Parts } from "./parts.js";
import { roomOf } from "./rooms.js";
import type { Push } from "./wire.js";
import { isRoom, retryOf, time } from "./wire.js";

export class Intake {
  readonly #parts: Parts;
  readonly #fall: () => void;
  readonly #missing = new Set<string>();
  #roomsToCome = 0;
  #isBehind = false;

  /** Rooms that are to be read again from an earlier place. */
  readonly rewound = new Set<string>();

  /** @param fall Called when the application has fallen behind: nothing more is taken from this connection that another one brings again. */
  constructor(parts: Parts, fall: () => void) {
    this.#parts = parts;
    this.#fall = fall;
  }

  /** A connection begins, on which so many rooms come. */
  begin(rooms: number): void {
    this.#isBehind = false;
    this.#roomsToCome = rooms;
    this.#missing.clear();
    this.#parts.places.rooms.forEach((room) => this.#missing.add(room));
  }

  take(push: Push): void {
    const { events, requests, watching, roomWatching } = this.#parts;
    switch (push.type) {
      case "msg":
        return this.#takeMessage("new", push);
      case "edit":
      case "delete":
        return this.#takeMessage(push.type, push);
      case "ack":
        return this.#takeAcknowledgement(push);
      case "receipt":
        return this.#takeReceipt(push);
      case "error":
        return this.#takeError(push);
      case "joined":
        return this.#takeJoined(push);
      case "left":
        requests.answer(push);
        return this.#leave(push.room!);
      case "presence":
        return push.room === undefined ? watching.take(push) : roomWatching.take(push);
      case "typing":
        return void events.raise("typingChanged", { from: push.from!, room: push.room, isOn: push.on ?? false });
      case "read":
        return void events.raise("roomRead", { room: push.room!, upTo: push.upto ?? 0 });
      case "trace":
        for (const hop of push.hops ?? []) {
          void events.raise("traceReceived", { mid: push.mid as string, at: time(hop.at), node: hop.node, step: hop.step, took: hop.us / 1_000 });
        }

        return;
      default:
        requests.answer(push);
    }
  }

  /** Says what is missing, where a log has begun anew or has lost its beginning. */
  tellGap(push: Push, isNew: boolean): void {
    if (isNew || push.reason === "epoch") {
      void this.#parts.events.raise("gapFound", { room: push.room });
    }

    if (push.gap) {
      void this.#parts.events.raise("gapFound", { room: push.gap.room, from: push.gap.from, to: push.gap.to });
    }
  }

  #takeMessage(kind: MessageKind, push: Push): void {
    const { messages, places, settings } = this.#parts;
    if (!this.#isBehind && messages.length >= settings.inboxCapacity) {
      this.#isBehind = true;
      this.#fall();
    }

    if (this.#isBehind) {
      return;
    }

    const mid = push.mid as string;
    const seq = push.seq ?? push.rseq;
    if (seq === undefined) {
      return messages.add(new ReceivedMessage(kind, push, undefined));
    }

    const place = places.of(push.room);
    const entry = place.take(seq, mid);
    if (entry && place.see(mid)) {
      messages.add(new ReceivedMessage(kind, push, entry));
    } else {
      entry?.finish();
    }
  }

  #takeAcknowledgement(push: Push): void {
    const entry = this.#parts.outbox.remove(push.id ?? "");
    if (entry) {
      const seq = push.seq ?? push.rseq ?? 0;
      if (isRoom(entry.target)) {
        this.#parts.places.reach(entry.target.room, seq);
      }

      const mid = push.mid as string;
      const { delivered, read } = this.#parts.deliveries.add(entry.target, mid, seq);
      const sent: SentMessage = {
        target: entry.target,
        id: entry.id,
        mid,
        seq,
        at: time(push.ts ?? 0),
        isDuplicate: push.dup ?? false,
        delivered: delivered.promise,
        read: read.promise,
      };
      entry.answer.resolve(sent);
      void this.#parts.events.raise("acknowledged", sent);
    }
  }

  #takeReceipt(push: Push): void {
    const receipt: Receipt = {
      state: push.state as ReceiptState,
      peer: push.peer!,
      mids: [push.mid ?? []].flat(),
      device: push.device,
      at: time(push.ts ?? 0),
    };
    if (this.#isBehind) {
      // It comes again, behind the messages before it; but who waits for it must not wait for those.
      return this.#parts.deliveries.take(receipt, push.upto);
    }

    const entry = this.#parts.places.inbox.take(push.seq!, push.id!);
    if (!entry) {
      return;
    }

    this.#parts.deliveries.take(receipt, push.upto);
    void this.#parts.events.raise("receiptReceived", receipt);
    entry.finish();
  }

  #takeError(push: Push): void {
    const { events, outbox, requests, settings } = this.#parts;
    if (push.id === undefined) {
      settings.logger.warn(`A node has refused a command: ${push.code}, ${push.reason}`);
      void events.raise("refused", refusal(push));
    } else if (requests.refuse(push)) {
      return;
    } else if (push.temporary) {
      outbox.refuse(push.id, retryOf(push));
    } else {
      outbox.remove(push.id)?.answer.reject(refusal(push));
    }
  }

  #takeJoined(push: Push): void {
    const room = roomOf(push);
    if (push.id !== undefined && this.rewound.delete(room.name)) {
      // Read again from there on: what was seen before counts as not seen.
      this.#parts.places.leave(room.name);
    }

    this.tellGap(push, this.#parts.places.of(room.name).begin(room.epoch, room.after));
    this.#parts.requests.answer(push);
    void this.#parts.events.raise("roomChanged", { name: room.name, room });
    this.#missing.delete(room.name);
    if (--this.#roomsToCome === 0) {
      // All rooms that one is in have come; out of the others one was taken while there was no connection.
      this.#missing.forEach((name) => this.#leave(name));
    }
  }

  #leave(room: string): void {
    this.#parts.places.leave(room);
    this.#parts.roomWatching.end(room);
    void this.#parts.events.raise("roomChanged", { name: room });
  }
}
