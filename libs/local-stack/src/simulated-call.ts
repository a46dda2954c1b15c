import { setTimeout as delay } from 'node:timers/promises';

/** A word that was played to the caller; `cut` when it was not played to its end. Times are milliseconds of the call. */
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

/** An utterance of the caller, in milliseconds of the call. */
export interface SaidAloud {
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

  /** Calls our number; when it resolves, the call rings. */
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

  /** The caller says a text. Resolves when it is spoken, or at once with `wait: false`. */
  async say(text: string, { wait = true, pace = 1 } = {}): Promise<SaidAloud> {
    return exchange(`${this.controlUrl}/say`, { text, wait, pace });
  }

  /** Posts another verb of the control API: `hangup`, `drop-socket`, `second-socket`, `skip-audio`, … */
  async act<T>(verb: string, body: object = {}): Promise<T> {
    return exchange(`${this.controlUrl}/${verb}`, body);
  }

  /** Returns the words that were played to the caller so far. */
  async heard(since = 0): Promise<{ words: HeardWord[]; next: number; text: string }> {
    return exchange(`${this.controlUrl}/heard?since=${since}`);
  }

  /** Waits until the caller has heard this text. Throws when the wait takes too long. */
  async untilHeard(text: string, since = 0): Promise<{ words: HeardWord[]; next: number; text: string }> {
    const query = new URLSearchParams({ since: String(since), text, waitMs: String(PATIENCE_MS) });
    const heard = await exchange<{ words: HeardWord[]; next: number; text: string }>(
      `${this.controlUrl}/heard?${query.toString()}`,
    );
    if (heard.text.includes(text)) return heard;
    throw new Error(`waited for ${JSON.stringify(text)}, heard ${JSON.stringify(heard.text)}`);
  }

  /** Waits until nothing is played to the caller any more. */
  async untilQuiet(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while ((await this.state()).playing) {
      if (performance.now() > deadline) throw new Error('waited for the agent to fall silent');
      await delay(POLL_MS);
    }
  }

  /** The events of one kind. Waits for `count` of them, and throws when fewer arrive. */
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
    throw new Error(`waited for ${count} ${kind} events of the call, saw ${events.length}`);
  }

  /** Waits until the call has this status. Throws when the wait takes too long. */
  async untilStatus(status: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (let count = 1; performance.now() < deadline; count++) {
      const events = await this.events('status', count);
      if (events.some((event) => event['status'] === status)) return;
    }
    throw new Error(`the call did not become ${status}`);
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
