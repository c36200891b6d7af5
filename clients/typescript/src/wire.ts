// Frames: what the protocol calls things. A node is trusted to keep to docs/protocol.md, so fields are not checked one by one.
import type { Target } from "./model.js";

/** What a node says; which fields are there depends on the type. */
export interface Push {
  readonly type: string;
  readonly id?: string;
  readonly mid?: string | string[];
  readonly seq?: number;
  readonly rseq?: number;
  readonly ts?: number;
  readonly from?: string;
  readonly to?: string;
  readonly room?: string;
  readonly body?: unknown;
  readonly of?: string;
  readonly ct?: string;
  readonly redelivered?: boolean;
  readonly dup?: boolean;
  readonly state?: string;
  readonly peer?: string;
  readonly upto?: number;
  readonly device?: string;
  readonly user?: string;
  readonly resume?: string;
  readonly node?: string;
  readonly epoch?: string;
  readonly reason?: string;
  readonly gap?: { readonly from: number; readonly to: number; readonly room?: string };
  readonly expires?: number;
  readonly pingMs?: number;
  readonly limits?: { readonly frameBytes?: number; readonly sendPerSecond?: number };
  readonly op?: string;
  readonly joined?: readonly MemberItem[];
  readonly left?: readonly string[];
  readonly rooms?: number;
  readonly code?: string;
  readonly temporary?: boolean;
  readonly retryMs?: number;
  readonly limit?: string;
  readonly url?: string;
  readonly on?: boolean;
  readonly hops?: readonly { readonly at: number; readonly node: string; readonly step: string; readonly us: number }[];
  readonly after?: number;
  readonly count?: number;
  readonly read?: number;
  readonly members?: string[] | MemberItem[];
  readonly more?: boolean;
  readonly first?: number;
  readonly last?: number;
  readonly messages?: readonly HistoryItem[];
  readonly online?: boolean;
  readonly since?: number;
  readonly status?: unknown;
  readonly v?: number;
  readonly devices?: readonly { readonly device?: string; readonly online: boolean; readonly since?: number }[];
}

/** One of those who are online in a room. */
export interface MemberItem {
  readonly user: string;
  readonly since?: number;
  readonly status?: unknown;
}

export interface HistoryItem {
  readonly from: string;
  readonly body?: unknown;
  readonly mid: string;
  readonly ts: number;
  readonly rseq: number;
  readonly id?: string;
  readonly ct?: string;
  readonly edited?: number;
  readonly deleted?: number;
}

/** A command as it is sent; fields that are undefined are left out. */
export function command(type: string, fields: object): string {
  return JSON.stringify({ type, ...fields });
}

/** After how many milliseconds what was refused is tried again. */
export function retryOf(push: Push): number {
  return Math.min(push.retryMs ?? 1_000, 60_000);
}

export function isRoom(target: Target): target is { readonly room: string } {
  return typeof target !== "string";
}

export function nameOf(target: Target): string {
  return isRoom(target) ? target.room : target;
}

export function addressed(target: Target): object {
  return isRoom(target) ? { room: target.room } : { to: target };
}

export function time(ms: number): Date;
export function time(ms: number | undefined): Date | undefined;
export function time(ms: number | undefined): Date | undefined {
  return ms === undefined ? undefined : new Date(ms);
}
