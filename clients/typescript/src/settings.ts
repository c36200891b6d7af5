// Options, checked and completed.
import type { ClientOptions, WebSocketConstructor } from "./options.js";

/** Options, and all that has a default. */
export type Settings = ClientOptions & Required<
  Pick<ClientOptions, "name" | "outboxCapacity" | "whenOutboxFull" | "inboxCapacity" | "trackedMessages" | "connectTimeout" | "shortestPause" | "longestPause" | "webSocket" | "logger">
>;

const defaults = {
  name: "distributed-sockets",
  outboxCapacity: 1_000,
  whenOutboxFull: "wait",
  inboxCapacity: 10_000,
  trackedMessages: 10_000,
  connectTimeout: 10_000,
  shortestPause: 250,
  longestPause: 20_000,
} as const;

/** As nodes judge them; what a node refuses before the upgrade a browser would show only as a failed connection. */
const userName = /^(?!\s)[^\p{Cc}]{1,128}(?<!\s)$/u;

/** Checks what can be checked before the first attempt. */
export function settingsOf(options: ClientOptions): Settings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as ClientOptions;
  const silent = () => {};
  const settings = {
    ...defaults,
    webSocket: globalThis.WebSocket as WebSocketConstructor | undefined,
    logger: { info: silent, warn: silent, error: (text: string, error?: unknown) => console.error(text, error ?? "") },
    ...given,
  };
  demand(settings.webSocket, "There is no global WebSocket (Node.js has one from version 22 on): install the package ws, and give its class as the option webSocket.");
  demand(settings.nodeProvider || settings.nodes?.length, "Connect to what? Give the option nodes or nodeProvider.");
  demand(settings.tokenProvider || settings.user, "Who is this? Give the option user or tokenProvider.");
  demand(!settings.user || userName.test(settings.user), "The option user has 1 to 128 characters, none for control, no white space at its ends.");
  options.nodes?.forEach((node) => new URL(node, globalThis.location?.href));
  for (const name of ["outboxCapacity", "inboxCapacity", "trackedMessages", "connectTimeout", "shortestPause"] as const) {
    demand(settings[name] > 0, `The option ${name} is a number above 0.`);
  }

  demand(settings.longestPause >= settings.shortestPause, "The option longestPause is not below shortestPause.");
  return settings as Settings;
}

function demand(isRight: unknown, otherwise: string): void {
  if (!isRight) {
    throw new TypeError(otherwise);
  }
}
