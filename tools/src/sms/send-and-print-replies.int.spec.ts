import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SmsError, sendAndPrintReplies } from './send-and-print-replies.js';

const FIRST_ANSWER = 7;

/** A server with the simulator's control API, which has the given replies once a text was posted. */
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

describe('npm run sms', () => {
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

  it('npm run sms prints each reply once', async () => {
    api = new ControlApi(['Hi', 'there']);
    await sendAndPrintReplies({ ...options, simulatorUrl: await api.open() });
    expect(lines).toEqual(['+15550100001 → Hello', '+15550100000 → Hi', '+15550100000 → there']);
    expect(api.queries[0]).toBe('GET /control/messages?to=%2B15550100001&since=0');
  });

  it('npm run sms fails with an explanation when no reply arrives', async () => {
    api = new ControlApi([]);
    const quick = { ...options, simulatorUrl: await api.open(), answerTimeoutMs: 200 };
    await expect(sendAndPrintReplies(quick)).rejects.toThrow('No reply within 0.2 s');
  });

  it('npm run sms prints the status and the answer of a webhook that refuses the text', async () => {
    api = new ControlApi([], 403);
    const simulatorUrl = await api.open();
    await expect(sendAndPrintReplies({ ...options, simulatorUrl })).rejects.toThrow(
      'The webhook answered 403: no',
    );
  });

  it('npm run sms refuses an invalid phone number before it sends anything', async () => {
    const wrong = { ...options, from: '0123', simulatorUrl: 'http://127.0.0.1:1' };
    await expect(sendAndPrintReplies(wrong)).rejects.toThrow('"0123" is not a phone number');
    await expect(sendAndPrintReplies({ ...wrong, from: '+15550100001' })).rejects.toThrow(SmsError);
  });

  it("npm run sms refuses Parley's own number as the sender", async () => {
    const own = { ...options, from: options.ownNumber, simulatorUrl: 'http://127.0.0.1:1' };
    await expect(sendAndPrintReplies(own)).rejects.toThrow("Parley's own number");
  });
});
