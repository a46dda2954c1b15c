import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SmsError, textAndListen } from './text-and-listen.js';

const FIRST_ANSWER = 7;

/** Answers like the simulator's control API: the given answers are there once a text was delivered. */
class ControlApi {
  readonly queries: string[] = [];
  readonly #server: Server;
  #delivered = false;

  constructor(answers: string[], status = 200) {
    this.#server = createServer((request, response) => {
      this.queries.push(`${request.method} ${request.url}`);
      const log = Array.from({ length: FIRST_ANSWER }, () => 'older');
      if (this.#delivered) log.push(...answers);
      if (request.method === 'POST') {
        this.#delivered = true;
        response.end(JSON.stringify({ messageSid: 'SM1', status, body: 'no' }));
      } else {
        const since = Number(new URL(request.url ?? '', 'http://localhost').searchParams.get('since'));
        const messages = log
          .slice(since)
          .map((body) => ({ direction: 'outbound-api', from: '+15550100000', body }));
        response.end(JSON.stringify({ messages, next: log.length }));
      }
    });
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address: AddressInfo | string | null = this.#server.address();
    return typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '';
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describe('texting the simulated number', () => {
  const lines: string[] = [];
  const options = {
    from: '+15550100001',
    ownNumber: '+15550100000',
    text: 'Hello',
    print: (line: string) => lines.push(line),
  };
  let api: ControlApi | undefined;
  afterEach(() => {
    api?.close();
    lines.length = 0;
  });

  it('shows each answer once', async () => {
    api = new ControlApi(['Hi', 'there']);
    await textAndListen({ ...options, simulatorUrl: await api.open() });
    expect(lines).toEqual(['+15550100001 → Hello', '+15550100000 → Hi', '+15550100000 → there']);
    expect(api.queries[0]).toBe('GET /control/messages?to=%2B15550100001&since=0');
  });

  it('says so when nothing comes back', async () => {
    api = new ControlApi([]);
    const quick = { ...options, simulatorUrl: await api.open(), answerTimeoutMs: 200 };
    await expect(textAndListen(quick)).rejects.toThrow('No answer within 0.2 s');
  });

  it('says what the webhook said when it refused', async () => {
    api = new ControlApi([], 403);
    const simulatorUrl = await api.open();
    await expect(textAndListen({ ...options, simulatorUrl })).rejects.toThrow('The webhook answered 403: no');
  });

  it('refuses what is no phone number before anything else', async () => {
    const wrong = { ...options, from: '0123', simulatorUrl: 'http://127.0.0.1:1' };
    await expect(textAndListen(wrong)).rejects.toThrow('"0123" is no phone number');
    await expect(textAndListen({ ...wrong, from: '+15550100001' })).rejects.toThrow(SmsError);
  });

  it("says at once that Parley's own number is not answered", async () => {
    const own = { ...options, from: options.ownNumber, simulatorUrl: 'http://127.0.0.1:1' };
    await expect(textAndListen(own)).rejects.toThrow("Parley's own number");
  });
});
