// The life of a client: one connection after the other.
import { Backoff } from "./backoff.js";
import { Deferred, pause, unlessAborted } from "./deferred.js";
import { ended } from "./errors.js";
import { Intake } from "./intake.js";
import type { LinkOwner } from "./link.js";
import { Link } from "./link.js";
import { NodeList } from "./nodes.js";
import type { Settings } from "./settings.js";
import { Parts } from "./parts.js";
import type { ClientState, CloseInfo } from "./state.js";
import { cut } from "./state.js";
import { keepTokenValid } from "./tokens.js";
import { version } from "./version.js";
import type { Push } from "./wire.js";
import { command } from "./wire.js";

const byApplication: CloseInfo = { code: 1000, reason: "closed by the application", isFinal: true };

export class Life implements LinkOwner {
  readonly parts: Parts;
  readonly intake: Intake;
  readonly #nodes: NodeList;
  readonly #backoff: Backoff;
  readonly #ending = new AbortController();
  readonly #connected = new Deferred<void>();
  #wasConnected = false;
  #isClosing = false;
  #running?: Promise<void>;
  #restoring?: Promise<void>;
  #link?: Link;
  #renewing?: AbortController;
  #resume?: string;
  #said = 0;

  state: ClientState = "connecting";
  user?: string;
  device?: string;
  node?: string;

  constructor(settings: Settings) {
    this.parts = new Parts(settings, () => this.#link?.wake(), () => this.#save());
    this.intake = new Intake(this.parts, () => void this.#catchUp());
    this.#nodes = new NodeList(settings);
    this.#backoff = new Backoff(settings);
    this.device = settings.device;
  }

  /** Completes with the first welcome. */
  async start(signal?: AbortSignal): Promise<void> {
    if (this.state === "closed") {
      throw ended();
    }

    this.#running ??= this.#run();
    await unlessAborted(this.#connected.promise, signal);
  }

  /** Leaves for good, with `last` as the last word where there is a connection. */
  async end(last?: string): Promise<void> {
    this.#isClosing = true;
    this.#running ??= this.#finish(byApplication);
    if (this.#link?.isOpen) {
      this.#link.leave(byApplication, last);
    } else {
      this.#ending.abort();
      this.#link?.cut(byApplication.reason);
    }

    await this.#running;
  }

  /** What the store has comes before anything new; whoever needs it first loads it. */
  restore(): Promise<void> {
    return (this.#restoring ??= this.#load());
  }

  /** A command for this connection only. Returns false if there is none, or too much waits for it. */
  tell(frame: string): boolean {
    const isTold = this.#link?.isOpen === true && this.parts.addNow(frame);
    this.#link?.wake();
    return isTold;
  }

  /** Cuts the connection as a lost network does. */
  cut(): void {
    this.#link?.cut("the connection was cut by the application");
  }

  welcome(push: Push): void {
    const { inbox } = this.parts.places;
    this.user = push.user;
    this.device = push.device;
    this.node = push.node;
    this.#resume = push.resume;
    this.parts.limit.bytes = push.limits?.frameBytes ?? this.parts.limit.bytes;
    this.intake.begin(push.rooms ?? 0);
    const isNew = inbox.begin(push.epoch!, inbox.epoch === push.epoch ? this.#said : undefined);
    this.parts.begin(push.limits?.sendPerSecond ?? 0);
    this.#save();
    this.intake.tellGap(push, isNew);
    this.parts.settings.logger.info(`Connected to ${this.#link!.node} as ${this.user}`);
    this.#wasConnected = true;
    this.#connected.resolve();
    this.#change("connected");
    this.#renewing = new AbortController();
    void keepTokenValid(this.parts, push.expires, this.#renewing.signal);
    void this.parts.watching.again();
    this.parts.roomWatching.again();
  }

  take(push: Push): void {
    if (push.type === "drain") {
      this.#nodes.name(push.url);
      this.#link!.leave({ code: 4200, reason: "the node drains", isFinal: false });
    } else {
      this.intake.take(push);
    }
  }

  next(most: number): string | undefined {
    return this.parts.next(most);
  }

  async #run(): Promise<void> {
    let end: CloseInfo | undefined;
    try {
      await this.restore();
    } catch (error) {
      end = { ...cut(`the store could not be read: ${String(error)}`), isFinal: true };
    }

    while (!end?.isFinal && !this.#isClosing) {
      end = await this.#connectOnce();
      if (!end.isFinal && !this.#isClosing) {
        const wait = this.#backoff.next(end, this.#link?.lived);
        this.parts.settings.logger.warn(`Not connected: ${end.reason} (${end.code}). Next attempt in ${Math.round(wait)} ms`);
        this.#link = undefined;
        this.#change(this.#wasConnected ? "recovering" : "connecting", end);
        await this.#rest(wait, end);
      }
    }

    await this.#finish(this.#isClosing ? byApplication : end!);
  }

  /** A connection, from the attempt to its end. */
  async #connectOnce(): Promise<CloseInfo> {
    try {
      this.#link = await unlessAborted(this.#open(), this.#ending.signal);
      if (this.#isClosing) {
        this.#link.cut(byApplication.reason);
      }

      return await this.#link.ended;
    } catch (error) {
      // One of the application's providers has failed; it may do better next time.
      return cut(error instanceof Error ? error.message : String(error));
    } finally {
      this.#renewing?.abort();
    }
  }

  async #open(): Promise<Link> {
    const { signal } = this.#ending;
    const { settings, limit } = this.parts;
    const node = await this.#nodes.next(signal);
    const token = await settings.tokenProvider?.(signal);
    signal.throwIfAborted();
    return new Link(node, () => this.#hello(token), settings, limit, this);
  }

  #hello(token: string | undefined): string {
    const { epoch, done, doneMid } = this.parts.places.inbox;
    this.#said = done;
    return command("hello", {
      device: this.device,
      resume: this.#resume,
      token,
      ...(epoch !== undefined && done > 0 ? { ack: done, epoch, mid: doneMid } : {}),
      client: { name: this.parts.settings.name, version },
    });
  }

  /** The application has fallen behind. When it has taken what there is, the rest comes over another connection; until then answers come through on this one. */
  async #catchUp(): Promise<void> {
    const link = this.#link;
    const { messages, settings } = this.parts;
    settings.logger.warn(`${settings.inboxCapacity} messages wait for the application (the option inboxCapacity)`);
    await messages.whenAtMost(0);
    link?.leave(cut("what had no room in the inbox comes over another connection"));
  }

  /** A browser that gets its network back need not wait any longer. */
  async #rest(ms: number, end: CloseInfo): Promise<void> {
    const resting = new AbortController();
    const wake = () => resting.abort();
    const browser: Partial<Pick<Window, "addEventListener" | "removeEventListener">> = end.code === 1006 ? globalThis : {};
    browser.addEventListener?.("online", wake);
    await unlessAborted(pause(ms, resting.signal), this.#ending.signal, wake).catch(() => {});
    browser.removeEventListener?.("online", wake);
  }

  async #load(): Promise<void> {
    const { keeper, settings, outbox, places } = this.parts;
    if (!keeper) {
      return;
    }

    const { messages, place } = await settings.store!.load();
    outbox.restore(messages);
    if (place && (this.device === undefined || this.device === place.device)) {
      this.device = place.device;
      this.#resume = place.resume;
      places.inbox.restore(place.epoch, place.seq, place.mid);
    }
  }

  #save(): void {
    const { epoch, done, doneMid } = this.parts.places.inbox;
    if (this.device !== undefined) {
      this.parts.keeper?.save({ device: this.device, resume: this.#resume, epoch, seq: done, mid: doneMid });
    }
  }

  async #finish(end: CloseInfo): Promise<void> {
    // What was given before the end waits for this, and then goes into the store.
    await this.#restoring?.catch(() => {});
    const isFailure = end !== byApplication;
    const reason = ended(isFailure ? end : undefined);
    if (isFailure) {
      this.parts.settings.logger.error(`Closed: ${end.reason} (${end.code})`);
    }

    this.#link = undefined;
    this.parts.end(reason, isFailure);
    this.#connected.reject(reason);
    this.#change("closed", end);
    await this.parts.keeper?.flush();
  }

  #change(state: ClientState, reason?: CloseInfo): void {
    this.state = state;
    void this.parts.events.raise("stateChanged", { state, reason });
  }
}
