// What comes from a node.
import { Sent } from "./deliveries.js";
import { refusal } from "./errors.js";
import { ReceivedMessage } from "./messages.js";
import type { MessageKind, Receipt, ReceiptState } from "./model.js";
import type { Parts } from "./parts.js";
import { RecentIds } from "./recent.js";
import { roomOf } from "./rooms.js";
import type { Push } from "./wire.js";
import { isRoom, nameOf, time } from "./wire.js";

export class Intake {
  readonly #parts: Parts;
  readonly #full: () => void;
  readonly #recent = new RecentIds(1_000);

  /** Rooms that are to be read again from an earlier place. */
  readonly rewound = new Set<string>();

  /** @param full Called when a message has come for which there is no room. */
  constructor(parts: Parts, full: () => void) {
    this.#parts = parts;
    this.#full = full;
  }

  take(push: Push): void {
    const { events, requests, watching } = this.#parts;
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
        this.#parts.places.leave(push.room!);
        requests.answer(push);
        return void events.raise("roomChanged", { name: push.room! });
      case "presence":
        return watching.take(push);
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
    if (this.#parts.messages.length >= this.#parts.settings.inboxCapacity) {
      return this.#full();
    }

    const mid = push.mid as string;
    const seq = push.seq ?? push.rseq;
    const entry = seq === undefined ? undefined : this.#parts.places.of(push.room).take(seq, mid);
    if (seq !== undefined && !entry) {
      return;
    }

    if (this.#recent.add(mid)) {
      this.#parts.messages.add(new ReceivedMessage(kind, push, entry));
    } else {
      entry?.finish();
    }
  }

  #takeAcknowledgement(push: Push): void {
    const entry = this.#parts.outbox.remove(push.id ?? "");
    if (entry) {
      const seq = push.seq ?? push.rseq ?? 0;
      if (isRoom(entry.target)) {
        this.#parts.places.of(nameOf(entry.target)).reach(seq);
      }

      const sent = new Sent(entry.target, entry.id, push.mid as string, seq, time(push.ts ?? 0), push.dup ?? false);
      this.#parts.deliveries.add(sent);
      entry.answer.resolve(sent);
      void this.#parts.events.raise("acknowledged", sent);
    }
  }

  #takeReceipt(push: Push): void {
    const entry = push.seq === undefined ? undefined : this.#parts.places.inbox.take(push.seq, push.id ?? "");
    if (push.seq !== undefined && !entry) {
      return;
    }

    const receipt: Receipt = {
      state: push.state as ReceiptState,
      peer: push.peer!,
      mids: [push.mid ?? []].flat(),
      device: push.device,
      at: time(push.ts ?? 0),
    };
    this.#parts.deliveries.take(receipt, push.upto);
    void this.#parts.events.raise("receiptReceived", receipt);
    entry?.finish();
  }

  #takeError(push: Push): void {
    const { events, outbox, requests, settings } = this.#parts;
    if (push.id === undefined) {
      settings.logger.warn(`A node has refused a command: ${push.code}, ${push.reason}`);
      void events.raise("refused", refusal(push));
    } else if (requests.refuse(push)) {
      return;
    } else if (push.temporary) {
      outbox.refuse(push.id, push.retryMs ?? 1_000);
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
  }
}
