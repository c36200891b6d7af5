// Events with types: handlers by name.
import type { Logger } from "./options.js";

/** Handlers by the name of the event. One that fails is logged, and the others are called all the same. */
export class Emitter<Events> {
  readonly #handlers = new Map<keyof Events, Set<(told: never) => unknown>>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Returns what takes the handler off again. */
  on<Name extends keyof Events>(name: Name, handler: (told: Events[Name]) => unknown): () => void {
    const handlers = this.#handlers.get(name) ?? new Set();
    this.#handlers.set(name, handlers);
    handlers.add(handler);
    return () => handlers.delete(handler);
  }

  /** Calls all handlers; completes when those that work on have ended. */
  async raise<Name extends keyof Events>(name: Name, told: Events[Name]): Promise<void> {
    await Promise.all([...(this.#handlers.get(name) ?? [])].map(async (handler) => {
      try {
        await handler(told as never);
      } catch (error) {
        this.#logger.error(`A handler of ${String(name)} failed`, error);
      }
    }));
  }
}
