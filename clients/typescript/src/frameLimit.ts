// How large a frame the nodes take.
import { ClientError } from "./errors.js";

/** What the last welcome has told, and the nodes' default before that. */
export class FrameLimit {
  bytes = 65_536;

  /** Throws if it is too large: a node would close the connection for good. */
  check(frame: string): void {
    const error = this.excess(frame);
    if (error) {
      throw error;
    }
  }

  /** Why a node would not take it; undefined if it would. No character takes more than three bytes, so most need not be encoded to know. */
  excess(frame: string): ClientError | undefined {
    const size = frame.length * 3 > this.bytes ? new TextEncoder().encode(frame).length : 0;
    return size > this.bytes ? new ClientError("too_large", `It has ${size} bytes with its frame; a node takes ${this.bytes}.`, "Limits:FrameBytes") : undefined;
  }
}
