// What a call of the client fails with.
import type { CloseInfo } from "./state.js";
import type { Push } from "./wire.js";

/**
 * A node has refused a command, or the client cannot send it. The code is for the program, the message for its developer.
 *
 * The client's own codes: `closed` (the client was closed, or a node has said that it must not come back), `not_connected` (there is no connection now,
 * and the command does not wait for one), `outbox_full` (see {@link ClientOptions.whenOutboxFull}), `too_large` (more than a node takes),
 * `forgotten` (a receipt is not waited for any more). All others are the protocol's.
 *
 * @example
 * ```ts
 * try { await client.send({ room: "team" }, "hi"); }
 * catch (error) { if (error instanceof ClientError && error.code === "no_such_room") await client.join("team"); }
 * ```
 */
export class ClientError extends Error {
  override readonly name = "ClientError";

  /** What it is, for the program. */
  readonly code: string;

  /** The node's setting whose limit was reached, where it was one. */
  readonly limit?: string;

  /** @internal */
  constructor(code: string, message: string, limit?: string) {
    super(message);
    this.code = code;
    this.limit = limit;
  }
}

export function refusal(push: Push): ClientError {
  return new ClientError(push.code ?? "", push.reason ?? "", push.limit);
}

export function ended(reason?: CloseInfo): ClientError {
  return new ClientError("closed", reason ? `The client is closed: ${reason.reason} (${reason.code}).` : "The client is closed.");
}
