// Which node to try next.
import type { ClientOptions } from "./options.js";

type NodeSettings = Pick<ClientOptions, "nodes" | "nodeProvider" | "tokenProvider" | "user">;

/** Goes through the nodes in an order of chance, so that the clients of a cluster spread over it; a node that a drain has named comes first. */
export class NodeList {
  readonly #settings: NodeSettings;
  #round: string[] = [];
  #named?: string;
  #last?: string;

  constructor(settings: NodeSettings) {
    this.#settings = settings;
  }

  /** A node that is going has named another. */
  name(url: string | undefined): void {
    this.#named = url;
  }

  /** The address of its WebSocket. */
  async next(signal: AbortSignal): Promise<string> {
    const named = this.#named;
    if (named !== undefined) {
      this.#named = undefined;
      return this.#socket(named);
    }

    if (this.#round.length === 0) {
      const nodes = (await this.#settings.nodeProvider?.(signal)) ?? this.#settings.nodes ?? [];
      if (nodes.length === 0) {
        throw new Error("The option nodeProvider has given no node.");
      }

      // The node that has just failed, or sent one away, comes last.
      this.#round = shuffled(nodes).sort((one, other) => Number(one === this.#last) - Number(other === this.#last));
    }

    this.#last = this.#round.shift()!;
    return this.#socket(this.#last);
  }

  #socket(node: string): string {
    const url = new URL(node, globalThis.location?.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.pathname = url.pathname.replace(/(\/ws)?\/?$/, "/ws");
    url.search = this.#settings.tokenProvider ? "" : `user_id=${encodeURIComponent(this.#settings.user!)}`;
    url.hash = "";
    return url.href;
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  const left = [...items];
  return items.map(() => left.splice(Math.floor(Math.random() * left.length), 1)[0]!);
}
