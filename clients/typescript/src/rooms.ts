// Rooms, who is there, and what was said.
import type { Push } from "./wire.js";
import { time } from "./wire.js";

/** A room that one is in. */
export interface Room {
  /** Its name. */
  readonly name: string;

  /** The end of its log. */
  readonly seq: number;

  /** What {@link seq} counts in. */
  readonly epoch: string;

  /** The stored messages behind this place follow. */
  readonly after: number;

  /** How many members there are; absent for the room of everyone. */
  readonly count?: number;

  /** How far one has read. */
  readonly read: number;

  /** The members, in answer to a join, where there are at most 100. */
  readonly members?: readonly string[];
}

/** This client is in a room, or not any more: by its own doing, by another device, by a back end, or since it has connected. */
export interface RoomChange {
  /** The room. */
  readonly name: string;

  /** How the room is; absent if one has left it. */
  readonly room?: Room;
}

/** A place in a room's log. */
export interface RoomPlace {
  /** The last message that need not be sent again. */
  readonly seq: number;

  /** What {@link seq} counts in. */
  readonly epoch: string;
}

/** Another device of one's own has read in a room. */
export interface RoomRead {
  /** The room. */
  readonly room: string;

  /** Up to this place. */
  readonly upTo: number;
}

/** A page of a room's members, in the order in which they joined. */
export interface MemberPage {
  /** The members. */
  readonly members: readonly string[];

  /** How many there are in all. */
  readonly count: number;

  /** There is another page, behind the last of these. */
  readonly hasMore: boolean;
}

/** Somebody types, or has stopped. */
export interface Typing {
  /** Who. */
  readonly from: string;

  /** In which room; absent for oneself. */
  readonly room?: string;

  /** Whether they type. */
  readonly isOn: boolean;
}

/** Which page of a history. Neither {@link before} nor {@link after} is the newest one; both are refused. */
export interface HistoryQuery {
  /** The messages before this place. */
  readonly before?: number;

  /** The messages after this place. */
  readonly after?: number;

  /** 1 to 100; 50 where absent. */
  readonly limit?: number;

  /** Aborted: nobody waits for it any more. */
  readonly signal?: AbortSignal;
}

/** A page of what was said in a room or with a user, oldest first. */
export interface HistoryPage {
  /** As they are after their last edit. */
  readonly messages: readonly HistoryEntry[];

  /** There are more in the direction that was asked for. */
  readonly hasMore: boolean;

  /** The oldest place that there is; 0 for an empty history. */
  readonly first: number;

  /** The newest place that there is. */
  readonly last: number;

  /** What the places count in. */
  readonly epoch: string;
}

/** A message of a history. */
export interface HistoryEntry {
  /** Who has sent it. */
  readonly from: string;

  /** What it says now; `undefined` if it was deleted. */
  readonly body: unknown;

  /** Its id in the system. */
  readonly mid: string;

  /** Its place in the history. */
  readonly seq: number;

  /** When it was stored. */
  readonly at: Date;

  /** The sender's id of it. */
  readonly id?: string;

  /** Content type of the body, where the sender gave one. */
  readonly contentType?: string;

  /** When it was last edited. */
  readonly edited?: Date;

  /** When it was taken back. */
  readonly deleted?: Date;
}

export function roomOf(push: Push): Room {
  return {
    name: push.room!,
    seq: push.rseq ?? 0,
    epoch: push.epoch ?? "",
    after: push.after ?? 0,
    count: push.count,
    read: push.read ?? 0,
    members: push.members as string[] | undefined,
  };
}

export function pageOf(push: Push): HistoryPage {
  return {
    messages: (push.messages ?? []).map((item) => ({
      from: item.from,
      body: item.body,
      mid: item.mid,
      seq: item.rseq,
      at: time(item.ts),
      id: item.id,
      contentType: item.ct,
      edited: time(item.edited),
      deleted: time(item.deleted),
    })),
    hasMore: push.more ?? false,
    first: push.first ?? 0,
    last: push.last ?? 0,
    epoch: push.epoch ?? "",
  };
}
