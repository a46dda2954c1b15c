/** A text as the simulated carrier has it. */
export interface CarrierText {
  index: number;
  sid: string;
  direction: string;
  from: string;
  to: string;
  body: string;
  status: string;
  statusCallback: string | null;
  createdAt: string;
}

/** What became of an inbound text's webhook. */
export interface WebhookOutcome {
  withheld: boolean;
  attempts: { status: number | null }[];
}

const PENDING_REQUESTS = '/control/requests?outcome=pending';

/** Drives the simulator and reads its logs, over its control API. */
export class ChaosSimulator {
  constructor(readonly url: string) {}

  text(text: { from: string; body: string; messageSid: string }): Promise<WebhookOutcome> {
    return this.#post('/control/inbound-sms', text);
  }

  async fault(fault: object): Promise<void> {
    await this.#post('/control/faults', fault);
  }

  async model(script: object): Promise<void> {
    await this.#post('/control/model', script);
  }

  /** From now on nothing fails by itself. */
  async heal(): Promise<void> {
    await this.#read('/control/faults', { method: 'DELETE' });
    await this.model({ mode: 'echo' });
  }

  /** All texts since a mark, and the mark for what comes after them. */
  async textsSince(mark: number): Promise<{ texts: CarrierText[]; next: number }> {
    const { messages, next } = await this.#read<{ messages: CarrierText[]; next: number }>(
      `/control/messages?since=${mark}`,
    );
    return { texts: messages, next };
  }

  /** Webhooks and callbacks that are being posted, and create calls that wait for their answer. */
  async requestsUnderWay(): Promise<number> {
    return (await this.#read<{ requests: unknown[] }>(PENDING_REQUESTS)).requests.length;
  }

  #post<T>(path: string, body: object): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    return this.#read<T>(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  async #read<T>(path: string, init: RequestInit = {}): Promise<T> {
    const response = await fetch(`${this.url}${path}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
