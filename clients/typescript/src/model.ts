// What an application sends and receives.

/** Who a message is for: a text alone is a user. `"bob"`, or `{ room: "team" }`. */
export type Target = string | { readonly room: string };

/** What a {@link Message} says: something new, that another message says something else now, or that it was taken back. */
export type MessageKind = "new" | "edit" | "delete";

/** What has come from a user, once and in order. Stored ones have a place and want to be acknowledged. */
export interface Message {
  /** A new message, an edit or a deletion. */
  readonly kind: MessageKind;

  /** Who has sent it; oneself, where another device of one's own has. */
  readonly from: string;

  /** The user it was sent to: oneself, or the peer of a copy of what another device of one's own has sent. Absent for a room's. */
  readonly to?: string;

  /** The room it was sent to; absent for a direct one. */
  readonly room?: string;

  /** Any JSON value; `undefined` for a deletion. */
  readonly body: unknown;

  /** Its id in the system. */
  readonly mid: string;

  /** The {@link mid} of the message that is edited or deleted. */
  readonly of?: string;

  /** The sender's id of it; absent for a fast one. */
  readonly id?: string;

  /** Content type of the body, where the sender gave one. */
  readonly contentType?: string;

  /** Its place in the inbox, or in the room's log; absent for what was not stored. */
  readonly seq?: number;

  /** When it was stored, or sent if it was not. */
  readonly at: Date;

  /** It may have been sent to this device before, on an earlier connection; never twice by this client. */
  readonly isRedelivered: boolean;

  /**
   * The application is done with it: the device's place moves on as soon as everything before it is done too, and the sender gets the receipt.
   * Needed with {@link ClientOptions.manualAcknowledgement} only; may be repeated.
   */
  acknowledge(): void;
}

/** How a message is sent. */
export interface SendOptions {
  /** 1 to 64 characters; made up where absent. The same id to the same recipient is stored once, within a day at least. */
  readonly id?: string;

  /** It expires after so many milliseconds, rounded up to seconds: 1 s to 30 days, which is also the default. */
  readonly timeToLive?: number;

  /** Content type of the body, at most 128 characters. */
  readonly contentType?: string;

  /** Ask for the message's way: the event `traceReceived`. Not in rooms. */
  readonly trace?: boolean;

  /** Aborted: nobody wants it sent any more. What is on its way already may arrive. */
  readonly signal?: AbortSignal;
}

/** A message that the system answers for: it was acknowledged. */
export interface SentMessage {
  /** Who it is for. */
  readonly target: Target;

  /** The id by which it is sent once, however often it was tried. */
  readonly id: string;

  /** Its id in the system. */
  readonly mid: string;

  /** Its place in the recipient's inbox, or in the room's log; 0 for a change that was superseded meanwhile. */
  readonly seq: number;

  /** When it was stored, by the store's clock. */
  readonly at: Date;

  /** It had been stored before, by an attempt whose answer was lost, or under the same {@link SendOptions.id}. */
  readonly isDuplicate: boolean;

  /**
   * Resolves with what became of it: delivered, expired or failed. It waits across reconnects, for as long as the client lives and the message is among the last
   * {@link ClientOptions.trackedMessages}; then it fails with the code `forgotten`, and so it does at once for messages to rooms, which have no receipts.
   */
  readonly delivered: Promise<Receipt>;

  /** Resolves when the recipient has read it; fails as {@link delivered}, and when the message has expired or failed. */
  readonly read: Promise<Receipt>;
}

/** What became of a message: a device of the recipient has it; its time was over before; it was taken out of the inbox before; the recipient has read it. */
export type ReceiptState = "delivered" | "expired" | "failed" | "read";

/** What became of messages that one has sent to a user. */
export interface Receipt {
  /** What. */
  readonly state: ReceiptState;

  /** Who was the recipient. */
  readonly peer: string;

  /** Which messages, by their {@link SentMessage.mid}; for `read` the last of those that were read. */
  readonly mids: readonly string[];

  /** The recipient's device, where one is known. */
  readonly device?: string;

  /** When it happened, by the store's clock. */
  readonly at: Date;
}

/** Something is missing, and nobody can send it any more. */
export interface Gap {
  /** The room whose log it was in; absent for the inbox. */
  readonly room?: string;

  /** The first place that is missing; absent where nobody knows, since the store was wiped or has gone back in time. */
  readonly from?: number;

  /** The last place that is missing. */
  readonly to?: number;
}

/** One step of a message's way. */
export interface Hop {
  /** The message. */
  readonly mid: string;

  /** When, by that node's clock. */
  readonly at: Date;

  /** The node where. */
  readonly node: string;

  /** received, stored, published, arrived, written or acknowledged. */
  readonly step: string;

  /** Milliseconds since the step before it on the same node. */
  readonly took: number;
}
