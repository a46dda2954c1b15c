import { SimulatedCall } from './simulated-call.js';

/** A message as the simulator's Twilio knows it. */
export interface SimulatedMessage {
  index: number;
  sid: string;
  direction: 'inbound' | 'outbound-api' | 'outbound-reply';
  from: string;
  to: string;
  body: string;
  status: string;
  errorCode: number | null;
  /** Where its delivery is reported. */
  statusCallback: string | null;
  createdAt: string;
}

/** What became of an inbound text's webhook: the last answer, and each time that it was posted. */
export interface DeliveredText {
  messageSid: string;
  status: number | null;
  body: string | null;
  /** It was not posted at all, for a fault that was asked for. */
  withheld: boolean;
  attempts: { status: number | null }[];
}

export interface InboundText {
  from: string;
  body: string;
  to?: string;
  messageSid?: string;
  params?: Record<string, string>;
  /** Default: the webhook that the simulator was started with. */
  url?: string;
  signed?: boolean;
  /** When it was texted, for one that is found late; default: now. */
  sentAt?: string;
}

export interface MessagesFilter {
  to?: string;
  from?: string;
  direction?: 'inbound' | 'outbound';
  status?: string;
}

export interface MessagesQuery extends MessagesFilter {
  /** Wait until this many match. Default 1. */
  count?: number;
  /** Default 20 s. With 0 the answer is what is there now. */
  waitMs?: number;
}

/** A prompt as the simulator's model received it. */
export interface ModelRequest {
  index: number;
  /** When it came in, ISO 8601. */
  at: string;
  outcome: string;
  request: { messages: { role: string; content: string }[] };
  /** What was said in answer to it. */
  reply: string | null;
}

/** A status callback as the simulator posted it. */
export interface StatusReport {
  index: number;
  at: string;
  messageSid: string;
  params: Record<string, string>;
  /** HTTP status of the answer; null when there was none. */
  status: number | null;
}

/** A socket that a service opened to a simulated vendor of speech. */
export interface SimulatedVendorSocket {
  id: string;
  /** What was asked for at the upgrade. */
  query: Readonly<Record<string, string | string[]>>;
  closed: { code: number; reason: string; by: 'vendor' | 'client' } | null;
  /** Of a voice: the most contexts that were open at a time. */
  mostOpen?: number;
  /** Of a voice: what it was given. */
  contexts?: { id: string; text: string; state: string; keepalives: number }[];
  /** Of a recogniser: what it heard, and how often it was told to stay. */
  audioMs?: number;
  keepalives?: number;
}

interface MessagePage {
  messages: SimulatedMessage[];
  next: number;
}

/** As long as the simulator lets a reader wait. */
const PATIENCE_MS = 60_000;

/** Drives the simulator and reads what it accepted, over its control API. */
export class SimulatorClient {
  constructor(readonly url: string) {}

  /** A person texts: the simulator posts the signed webhook and answers with what it was answered. */
  async text(text: InboundText): Promise<DeliveredText> {
    return this.#post('/control/inbound-sms', text);
  }

  /** A person calls our number; `options` are those of the control API. */
  async call(from: string, options: Record<string, unknown> = {}): Promise<SimulatedCall> {
    return SimulatedCall.dial(this.url, { ...options, from });
  }

  /** Changes how the simulated vendors of calls behave. */
  async voice(settings: Record<string, unknown>): Promise<void> {
    await this.#post('/control/voice', settings);
  }

  /** All sockets that were opened to a vendor, oldest first. */
  async vendorSockets(vendor: string): Promise<SimulatedVendorSocket[]> {
    return (await this.#get<{ sockets: SimulatedVendorSocket[] }>(`/control/${vendor}/sockets`, {})).sockets;
  }

  /** What the carrier saw. Waits until `count` messages match, and throws when they do not come. */
  async messages(query: MessagesQuery): Promise<SimulatedMessage[]> {
    const { count = 1, waitMs = PATIENCE_MS, ...filters } = query;
    const { messages } = await this.#get<MessagePage>('/control/messages', { ...filters, count, waitMs });
    if (waitMs > 0 && messages.length < count) {
      throw new Error(
        `waited ${waitMs} ms for ${count} messages (${JSON.stringify(filters)}), saw ${messages.length}`,
      );
    }
    return messages;
  }

  /** What is there of it after a mark, 0 for all, and the mark for what comes after that. */
  async messagesSince(mark: number, filter: MessagesFilter = {}): Promise<MessagePage> {
    return this.#get('/control/messages', { ...filter, since: mark });
  }

  /** The texts a person got, oldest first; waits for `count` of them. */
  async repliesTo(number: string, count = 1): Promise<string[]> {
    const messages = await this.messages({ to: number, direction: 'outbound', count });
    return messages.map(({ body }) => body);
  }

  /** The prompts that contain a text; waits for `count` of them. */
  async prompts(contains: string, { count = 1, waitMs = PATIENCE_MS } = {}): Promise<ModelRequest[]> {
    const { requests } = await this.#get<{ requests: ModelRequest[] }>('/control/model/requests', {
      contains,
      count,
      waitMs,
    });
    return requests;
  }

  /** The prompts after a mark, 0 for all, and the mark for what comes after them. */
  async promptsSince(mark: number): Promise<{ requests: ModelRequest[]; next: number }> {
    return this.#get('/control/model/requests', { since: mark });
  }

  /** The status callbacks after a mark, likewise. */
  async statusReportsSince(mark: number): Promise<{ requests: StatusReport[]; next: number }> {
    return this.#get('/control/requests', { since: mark, kind: 'status-callback' });
  }

  /** How the model behaves from now on (see apps/simulator/README.md). */
  async model(script: Record<string, unknown>): Promise<void> {
    await this.#post('/control/model', script);
  }

  /** Adds a fault (see apps/simulator/README.md). */
  async fault(fault: Record<string, unknown>): Promise<void> {
    await this.#post('/control/faults', fault);
  }

  /** From now on nothing fails by itself, and the model echoes. */
  async heal(): Promise<void> {
    await read(await fetch(`${this.url}/control/faults`, { method: 'DELETE' }));
    await this.model({ mode: 'echo' });
  }

  /** Webhooks and callbacks that are being posted, and create calls that wait for their answer. */
  async requestsUnderWay(): Promise<number> {
    const pending = { outcome: 'pending' };
    return (await this.#get<{ requests: unknown[] }>('/control/requests', pending)).requests.length;
  }

  /** Does it to a vendor's open sockets: `mute`, `unmute`, `close`, `reset`. */
  async troubleVendor(vendor: string, trouble: Record<string, unknown>): Promise<void> {
    await this.#post(`/control/${vendor}/sockets`, trouble);
  }

  /** Everything is as after the simulator's start. */
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
