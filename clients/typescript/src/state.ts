// Where a client stands, and why.

/**
 * Where a client stands.
 *
 * - `connecting`: it has not been connected yet.
 * - `connected`: a node has welcomed it.
 * - `recovering`: it was connected, is not now, and is on its way to a node. What is sent meanwhile waits.
 * - `closed`: it does not come back by itself: it was closed, or a node has said that it must not.
 */
export type ClientState = "connecting" | "connected" | "recovering" | "closed";

/** A change of {@link DistributedSocketsClient.state}. */
export interface StateChange {
  /** What it is now. */
  readonly state: ClientState;

  /** Why the last connection ended, or could not be made; absent where there was none. */
  readonly reason?: CloseInfo;
}

/** Why a connection ended. */
export interface CloseInfo {
  /** The close code; 1006 where the connection was cut or never made. */
  readonly code: number;

  /** A sentence for the developer. */
  readonly reason: string;

  /** Whether connecting again is useless before something was changed. */
  readonly isFinal: boolean;

  /** @internal How long the node wants to be left alone, in milliseconds. */
  readonly wait?: number;
}

export function cut(reason: string): CloseInfo {
  return { code: 1006, reason, isFinal: false };
}
