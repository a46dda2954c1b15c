import { setTimeout as delay } from 'node:timers/promises';
import { parseE164 } from '@parley/kernel';

const ANSWER_TIMEOUT_MS = 30_000;
/** A long answer comes in parts. */
const MORE_PARTS_MS = 1_500;
const POLL_MS = 100;

/** The text could not be delivered, or nothing came back. */
export class SmsError extends Error {
  override readonly name = 'SmsError';
}

export interface TextAndListenOptions {
  simulatorUrl: string;
  from: string;
  /** The number that is texted. */
  ownNumber: string;
  text: string;
  print: (line: string) => void;
  answerTimeoutMs?: number;
}

interface Messages {
  messages: { direction: string; from: string; body: string }[];
  next: number;
}

/** Has the simulator deliver a signed inbound text, then shows the answers to it as they come. Throws SmsError. */
export async function textAndListen(options: TextAndListenOptions): Promise<void> {
  const { simulatorUrl, from, ownNumber, text, print, answerTimeoutMs = ANSWER_TIMEOUT_MS } = options;
  if (!parseE164(from))
    throw new SmsError(`"${from}" is no phone number. Write it with + and country code: +15550100001`);
  if (from === ownNumber)
    throw new SmsError(`${from} is Parley's own number, which is not answered. Text from another one.`);
  if (text === '') throw new SmsError('The text is empty.');
  const messagesTo = async (since: number) => {
    const query = new URLSearchParams({ to: from, since: String(since) });
    const found: Messages = JSON.parse(await call(`${simulatorUrl}/control/messages?${query.toString()}`));
    return found;
  };

  let { next } = await messagesTo(0);
  const delivery: { status: number; body: string } = JSON.parse(
    await call(`${simulatorUrl}/control/inbound-sms`, { from, body: text }),
  );
  print(`${from} → ${text}`);
  if (delivery.status !== 200)
    throw new SmsError(`The webhook answered ${delivery.status}: ${delivery.body}`.trim());

  let deadline = performance.now() + answerTimeoutMs;
  let answers = 0;
  while (performance.now() < deadline) {
    const found = await messagesTo(next);
    ({ next } = found);
    for (const { direction, from: sender, body } of found.messages) {
      if (!direction.startsWith('outbound')) continue;
      print(`${sender} → ${body}`);
      answers++;
      deadline = performance.now() + MORE_PARTS_MS;
    }
    await delay(POLL_MS);
  }
  if (answers === 0)
    throw new SmsError(
      `No answer within ${answerTimeoutMs / 1_000} s. ` +
        'Who has texted STOP is not answered before START; otherwise the logs of npm start may say why.',
    );
}

async function call(url: string, body?: object): Promise<string> {
  const request = body && {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  const response = await fetch(url, { ...request, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) }).catch(
    () => {
      throw new SmsError('The simulator does not answer. Does npm start still run?');
    },
  );
  if (!response.ok)
    throw new SmsError(`The simulator refused (${response.status}): ${await response.text()}`);
  return response.text();
}
