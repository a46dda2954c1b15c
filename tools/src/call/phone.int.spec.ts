import { type IncomingMessage, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { CallError, type PhoneCall, phone } from './phone.js';

const ANSWER_AFTER_MS = 3_500;

/** The simulator's control API around an agent that thinks for a while about each line. */
class ThoughtfulAgent {
  readonly order: string[] = [];
  readonly #words: string[] = ['Welcome.'];
  #isOver = false;
  readonly #server: Server = createServer((request, response) => {
    void this.#answer(request).then((body) => response.end(JSON.stringify(body)));
  });

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #speakAbout(text: string): Promise<void> {
    await delay(ANSWER_AFTER_MS);
    this.order.push(`answered ${text}`);
    this.#words.push(`About ${text}.`);
  }

  async #answer(request: IncomingMessage): Promise<unknown> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const what = pathname.split('/').at(-1);
    if (what === 'say') {
      const { text } = (await bodyOf(request)) as { text: string };
      this.order.push(`said ${text}`);
      void this.#speakAbout(text);
    }
    if (what === 'hangup') {
      this.order.push('hung up');
      this.#isOver = true;
    }
    if (what === 'heard') {
      const words = this.#words.slice(Number(searchParams.get('since')));
      return { words: words.map((text) => ({ text, cut: false, endMs: 0 })), next: this.#words.length };
    }
    if (what === 'turns') return { turns: [] };
    if (what === 'messages') return { messages: [], next: 0 };
    return { callSid: 'CA1', status: this.#isOver ? 'completed' : 'in-progress', speaking: null };
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}

const options = { from: '+15550100001', ownNumber: '+15550100000', inTurn: true, print: () => undefined };

describe('a call whose lines come from a pipe', () => {
  let agent: ThoughtfulAgent | undefined;
  afterEach(() => agent?.close());

  it('hears each answer out, however long it takes to begin, before the next line and before it hangs up', async () => {
    agent = new ThoughtfulAgent();
    const call: PhoneCall = await phone({ ...options, simulatorUrl: await agent.open() });
    call.say('one');
    call.say('two');
    call.hangUpOnceQuiet();
    await call.ended;
    expect(agent.order).toEqual(['said one', 'answered one', 'said two', 'answered two', 'hung up']);
  }, 60_000);

  it("is refused from Parley's own number", async () => {
    const own = { ...options, from: '+15550100000', simulatorUrl: 'http://127.0.0.1:1' };
    await expect(phone(own)).rejects.toThrow(CallError);
    await expect(phone(own)).rejects.toThrow('own number');
  });
});
