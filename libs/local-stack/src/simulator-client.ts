import { SimulatedCall } from './simulated-call.js';

/** A message of the simulated Twilio. */
export interface SimulatedMessage {
  index: number;
  sid: string;
  direction: 'inbound' | 'outbound-api' | 'outbound-reply';
  from: string;
  to: string;
  body: string;
  status: string;
  errorCode: number | null;
  /** The URL that the message's status reports are posted to. */
  statusCallback: string | null;
  createdAt: string;
}

/** The webhook of an inbound text: its last response, and the attempts to post it. */
export interface DeliveredText {
  messageSid: string;
  status: number | null;
  body: string | null;
  /** An injected fault prevented the post. */
  withheld: boolean;
  attempts: { status: number | null }[];
}

export interface SimulatedInboundText {
  from: string;
  body: string;
  to?: string;
  messageSid?: string;
  params?: Record<string, string>;
  /** The webhook URL. Default: the one in the simulator's settings. */
  url?: string;
  signed?: boolean;
  /** When the person sent the text, for a text that is found later. Default: now. */
  sentAt?: string;
}

export interface MessagesFilter {
  to?: string;
  from?: string;
  direction?: 'inbound' | 'outbound';
  status?: string;
}

export interface MessagesQuery extends MessagesFilter {
  /** How many messages to wait for. Default: 1. */
  count?: number;
  /** How long to wait. Default: 60 s; 0 returns the messages that exist. */
  waitMs?: number;
}

/** A prompt that the simulated model received. */
export interface ModelRequest {
  index: number;
  /** When the model received it, ISO 8601. */
  at: string;
  outcome: string;
  request: { messages: { role: string; content: string }[] };
  /** The model's reply. */
  reply: string | null;
}

/** A status callback that the simulator posted. */
export interface StatusReport {
  index: number;
  at: string;
  messageSid: string;
  params: Record<string, string>;
  /** HTTP status of the response; null without a response. */
  status: number | null;
}

/** A socket that a service opened to a simulated speech vendor. */
export interface SimulatedVendorSocket {
  id: string;
  /** The query of the upgrade request. */
  query: Readonly<Record<string, string | string[]>>;
  closed: { code: number; reason: string; by: 'vendor' | 'client' } | null;
  /** Voice only: the largest number of contexts that were open at a time. */
  mostOpen?: number;
  /** Voice only: the contexts and their text. */
  contexts?: { id: string; text: string; state: string; keepalives: number }[];
  /** Recogniser only: the audio that it received, and the number of keepalives. */
  audioMs?: number;
  keepalives?: number;
}

interface MessagePage {
  messages: SimulatedMessage[];
  next: number;
}

/** The longest wait that the simulator allows. */
const PATIENCE_MS = 60_000;

/** The client of the simulator's control API: makes people text and call, and reads what the vendors received. */
export class SimulatorClient {
  constructor(readonly url: string) {}

  /** Lets a person text: the simulator posts the signed webhook. Returns the response to it. */
  async text(text: SimulatedInboundText): Promise<DeliveredText> {
    return this.#post('/control/inbound-sms', text);
  }

  /** Lets a person call our number. `options` are those of the control API. */
  async call(from: string, options: Record<string, unknown> = {}): Promise<SimulatedCall> {
    return SimulatedCall.dial(this.url, { ...options, from });
  }

  /** Changes how the simulated vendors of calls behave. */
  async voice(settings: Record<string, unknown>): Promise<void> {
    await this.#post('/control/voice', settings);
  }

  /** Returns all sockets that the services opened to a vendor, oldest first. */
  async vendorSockets(vendor: string): Promise<SimulatedVendorSocket[]> {
    return (await this.#get<{ sockets: SimulatedVendorSocket[] }>(`/control/${vendor}/sockets`, {})).sockets;
  }

  /**
   * Returns messages of the simulated Twilio; waits for `count` of them.
   * @throws Error if fewer arrive
   */
  async messages(query: MessagesQuery): Promise<SimulatedMessage[]> {
    const { count = 1, waitMs = PATIENCE_MS, ...filters } = query;
    const { messages } = await this.#get<MessagePage>('/control/messages', { ...filters, count, waitMs });
    if (waitMs > 0 && messages.length < count) {
      throw new Error(
        `Expected ${count} messages with ${JSON.stringify(filters)} within ${waitMs} ms; found ${messages.length}`,
      );
    }
    return messages;
  }

  /** Returns the messages after a mark (0 for all), and the mark for the next call. */
  async messagesSince(mark: number, filter: MessagesFilter = {}): Promise<MessagePage> {
    return this.#get('/control/messages', { ...filter, since: mark });
  }

  /** Returns the texts that a person received, oldest first; waits for `count` of them. */
  async repliesTo(number: string, count = 1): Promise<string[]> {
    const messages = await this.messages({ to: number, direction: 'outbound', count });
    return messages.map(({ body }) => body);
  }

  /** Returns the prompts that contain a text; waits for `count` of them. */
  async prompts(contains: string, { count = 1, waitMs = PATIENCE_MS } = {}): Promise<ModelRequest[]> {
    const { requests } = await this.#get<{ requests: ModelRequest[] }>('/control/model/requests', {
      contains,
      count,
      waitMs,
    });
    return requests;
  }

  /** Returns the prompts after a mark (0 for all), and the mark for the next call. */
  async promptsSince(mark: number): Promise<{ requests: ModelRequest[]; next: number }> {
    return this.#get('/control/model/requests', { since: mark });
  }

  /** Returns the status callbacks after a mark (0 for all), and the mark for the next call. */
  async statusReportsSince(mark: number): Promise<{ requests: StatusReport[]; next: number }> {
    return this.#get('/control/requests', { since: mark, kind: 'status-callback' });
  }

  /** Sets how the model behaves (see apps/simulator/README.md). */
  async model(script: Record<string, unknown>): Promise<void> {
    await this.#post('/control/model', script);
  }

  /** Injects a fault (see apps/simulator/README.md). */
  async fault(fault: Record<string, unknown>): Promise<void> {
    await this.#post('/control/faults', fault);
  }

  /** Removes all faults and makes the model echo. */
  async heal(): Promise<void> {
    await read(await fetch(`${this.url}/control/faults`, { method: 'DELETE' }));
    await this.model({ mode: 'echo' });
  }

  /** Returns the number of webhooks, callbacks and API requests that have no response yet. */
  async requestsUnderWay(): Promise<number> {
    const pending = { outcome: 'pending' };
    return (await this.#get<{ requests: unknown[] }>('/control/requests', pending)).requests.length;
  }

  /** Applies one of `mute`, `unmute`, `close`, `reset` to a vendor's open sockets. */
  async troubleVendor(vendor: string, trouble: Record<string, unknown>): Promise<void> {
    await this.#post(`/control/${vendor}/sockets`, trouble);
  }

  /** Restores the state in which the simulator started. */
  async reset(): Promise<void> {
    await this.#post('/control/reset', {});
  }

  async #get<T>(path: string, query: Record<string, string | number>): Promise<T> {
    const search = new URLSearchParams(
      Object.entries(query).map(([name, value]) => [name, String(value)] as [string, string]),
    );
    return read(await fetch(`${this.url}${path}?${search.toString()}`));
  }

  async #post<T>(path: string, body: object): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    return read(await fetch(`${this.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) }));
  }
}

async function read<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}
