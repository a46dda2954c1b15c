import { type IncomingMessage, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { CallError, type PhoneCall, startCall } from './phone.js';

const ANSWER_AFTER_MS = 3_500;

/** A server with the simulator's control API, and an agent that answers late. */
class SlowAgent {
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

const options = {
  from: '+15550100001',
  ownNumber: '+15550100000',
  waitForSilence: true,
  print: () => undefined,
};

describe('npm run call', () => {
  let agent: SlowAgent | undefined;
  afterEach(() => agent?.close());

  it('npm run call with piped input waits for each answer before the next sentence and before it hangs up', async () => {
    agent = new SlowAgent();
    const call: PhoneCall = await startCall({ ...options, simulatorUrl: await agent.open() });
    call.say('one');
    call.say('two');
    call.hangUpOnceQuiet();
    await call.ended;
    expect(agent.order).toEqual(['said one', 'answered one', 'said two', 'answered two', 'hung up']);
  }, 60_000);

  it("npm run call refuses Parley's own number as the caller", async () => {
    const own = { ...options, from: '+15550100000', simulatorUrl: 'http://127.0.0.1:1' };
    await expect(startCall(own)).rejects.toThrow(CallError);
    await expect(startCall(own)).rejects.toThrow('own number');
  });
});
