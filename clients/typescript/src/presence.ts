// How others are.
import type { MemberItem, Push } from "./wire.js";
import { time } from "./wire.js";

/** How others see a user. */
export interface Presence {
  /** Who. */
  readonly user: string;

  /** Whether they have a connection. */
  readonly isOnline: boolean;

  /** Since when they are online, or last were; absent for one who never was. */
  readonly since?: Date;

  /** What they have set, any JSON value; absent for none. */
  readonly status?: unknown;

  /** One's own devices, where one has asked for oneself; else empty. */
  readonly devices: readonly DevicePresence[];
}

/** A device of one's own. */
export interface DevicePresence {
  /** Its name; absent for the plain connections. */
  readonly device?: string;

  /** Whether it is connected. */
  readonly isOnline: boolean;

  /** Since when. */
  readonly since?: Date;
}

/** Who of a room's members is online. */
export interface RoomPresence {
  /** The room. */
  readonly room: string;

  /** Those who are, in no particular order; without their devices. */
  readonly online: readonly Presence[];

  /** How many members the room has, online or not. */
  readonly count: number;
}

export function memberOf({ user, since, status }: MemberItem): Presence {
  return { user, isOnline: true, since: time(since), status, devices: [] };
}

export function presenceOf(push: Push): Presence {
  return {
    user: push.user!,
    isOnline: push.online ?? false,
    since: time(push.since),
    status: push.status,
    devices: (push.devices ?? []).map((item) => ({ device: item.device, isOnline: item.online, since: time(item.since) })),
  };
}
