// When a token is renewed.
import { pause } from "./deferred.js";
import type { Parts } from "./parts.js";

/** Of what is left of a token's time it is renewed after this part; tokens that live for long are renewed once a day. */
const renewAfter = 0.8;
const longestPause = 86_400_000;

/** Renews the token on the open connection, in time, until the signal is aborted. `expires`: when the present one ends. */
export async function keepTokenValid(parts: Parts, expires: number | undefined, signal: AbortSignal): Promise<void> {
  const { tokenProvider, logger } = parts.settings;
  let short = 1_000;
  while (expires !== undefined && tokenProvider) {
    // A clock that is ahead of the issuer's sees only tokens that have expired already: then the pauses grow, so that nobody is asked all the time.
    const left = (expires - Date.now()) * renewAfter;
    await pause(left > 1_000 ? Math.min(left, longestPause) : short, signal);
    short = left > 1_000 ? 1_000 : Math.min(short * 2, 60_000);
    if (signal.aborted) {
      return;
    }

    try {
      const [answer] = await parts.requests.ask("auth", { token: await tokenProvider(signal) }, signal);
      expires = answer!.expires;
    } catch (error) {
      // Tried again until the node closes the connection at the end of the token, after which the next hello brings one.
      if (!signal.aborted) {
        logger.warn(`The token could not be renewed: ${String(error)}`);
      }
    }
  }
}
