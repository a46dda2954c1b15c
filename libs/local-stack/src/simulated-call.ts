import { setTimeout as delay } from 'node:timers/promises';

/**
 * A word that was played to the caller; `cut` if it was not played to its end. Times are in milliseconds of the call.
 */
export interface HeardWord {
  index: number;
  text: string;
  startMs: number;
  endMs: number;
  cut: boolean;
}

/** An event of a call at the simulated carrier. */
export interface CallEvent {
  index: number;
  kind: string;
  atMs: number;
  [detail: string]: unknown;
}

/** An utterance of the caller. Times are in milliseconds of the call. */
export interface SpokenUtterance {
  startMs: number;
  endMs: number;
}

export interface SimulatedCallState {
  callSid: string;
  status: string;
  endedMs: number | null;
  /** Whether audio of the agent is being played. */
  playing: boolean;
  streams: { streamSid: string; url: string; stoppedMs: number | null; messages: Record<string, number> }[];
}

/** The longest wait that the simulator allows. */
const PATIENCE_MS = 60_000;
const POLL_MS = 50;

/** A caller, played by the simulator: speaks, hears the agent, hangs up. */
export class SimulatedCall {
  private constructor(
    private readonly controlUrl: string,
    readonly callSid: string,
  ) {}

  /** Calls our number; resolves when the call rings. */
  static async dial(
    simulatorUrl: string,
    options: { from: string } & Record<string, unknown>,
  ): Promise<SimulatedCall> {
    const controlUrl = `${simulatorUrl}/control/calls`;
    const { callSid } = await exchange<{ callSid: string }>(controlUrl, options);
    return new SimulatedCall(`${controlUrl}/${callSid}`, callSid);
  }

  state(): Promise<SimulatedCallState> {
    return exchange(this.controlUrl);
  }

  /** Lets the caller say a text. Resolves when it is spoken, or at once with `wait: false`. */
  async say(text: string, { wait = true, pace = 1 } = {}): Promise<SpokenUtterance> {
    return exchange(`${this.controlUrl}/say`, { text, wait, pace });
  }

  /**
   * Posts a command to the simulator's control API: `hangup`, `drop-socket`, `second-socket`, `skip-audio` and others.
   */
  async command<T>(verb: string, body: object = {}): Promise<T> {
    return exchange(`${this.controlUrl}/${verb}`, body);
  }

  /** Returns the words that were played to the caller so far. */
  async heard(since = 0): Promise<{ words: HeardWord[]; next: number; text: string }> {
    return exchange(`${this.controlUrl}/heard?since=${since}`);
  }

  /**
   * Waits until the caller has heard this text.
   * @throws Error after a minute
   */
  async untilHeard(text: string, since = 0): Promise<{ words: HeardWord[]; next: number; text: string }> {
    const query = new URLSearchParams({ since: String(since), text, waitMs: String(PATIENCE_MS) });
    const heard = await exchange<{ words: HeardWord[]; next: number; text: string }>(
      `${this.controlUrl}/heard?${query.toString()}`,
    );
    if (heard.text.includes(text)) return heard;
    throw new Error(
      `The caller did not hear ${JSON.stringify(text)} within 60 s; heard: ${JSON.stringify(heard.text)}`,
    );
  }

  /**
   * Waits until nothing is played to the caller.
   * @throws Error after a minute
   */
  async untilQuiet(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while ((await this.state()).playing) {
      if (performance.now() > deadline) throw new Error('The agent did not fall silent within 60 s');
      await delay(POLL_MS);
    }
  }

  /**
   * Returns the events of one kind; waits for `count` of them.
   * @throws Error if fewer occur within a minute
   */
  async events(kind: string, count = 0): Promise<CallEvent[]> {
    const query = new URLSearchParams({ kind });
    if (count > 0)
      for (const [name, value] of [
        ['count', count],
        ['waitMs', PATIENCE_MS],
      ] as const)
        query.set(name, String(value));
    const { events } = await exchange<{ events: CallEvent[] }>(
      `${this.controlUrl}/events?${query.toString()}`,
    );
    if (events.length >= count) return events;
    throw new Error(
      `The call did not have ${count} events of the kind "${kind}" within 60 s; it had ${events.length}`,
    );
  }

  /**
   * Waits until the call has this status.
   * @throws Error after a minute
   */
  async untilStatus(status: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (let count = 1; performance.now() < deadline; count++) {
      const events = await this.events('status', count);
      if (events.some((event) => event['status'] === status)) return;
    }
    throw new Error(`The call did not reach the status ${status} within 60 s`);
  }
}

async function exchange<T>(url: string, body?: object): Promise<T> {
  const response = await fetch(
    url,
    body && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    },
  );
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return JSON.parse(text) as T;
}
