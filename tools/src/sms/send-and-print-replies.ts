import { setTimeout as delay } from 'node:timers/promises';
import { parseE164 } from '@parley/kernel';

const ANSWER_TIMEOUT_MS = 30_000;
/** After a reply, `npm run sms` waits this long for further parts. */
const MORE_PARTS_MS = 1_500;
const POLL_MS = 100;

/** The text could not be posted, or there was no reply. */
export class SmsError extends Error {
  override readonly name = 'SmsError';
}

export interface SendAndPrintOptions {
  simulatorUrl: string;
  from: string;
  /** Parley's number, to which the text goes. */
  ownNumber: string;
  text: string;
  print: (line: string) => void;
  answerTimeoutMs?: number;
}

interface Messages {
  messages: { direction: string; from: string; body: string }[];
  next: number;
}

/**
 * Makes the simulator post a signed inbound text and prints the replies as they arrive.
 * @throws SmsError
 */
export async function sendAndPrintReplies(options: SendAndPrintOptions): Promise<void> {
  const { simulatorUrl, from, ownNumber, text, print, answerTimeoutMs = ANSWER_TIMEOUT_MS } = options;
  if (!parseE164(from))
    throw new SmsError(`"${from}" is not a phone number. Write it with + and country code: +15550100001`);
  if (from === ownNumber)
    throw new SmsError(`${from} is Parley's own number, and it does not answer itself. Use another number.`);
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
      `No reply within ${answerTimeoutMs / 1_000} s. ` +
        'If this number has sent STOP, send START first; otherwise see the logs of npm start.',
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
      throw new SmsError('The simulator does not answer. Is npm start still running?');
    },
  );
  if (!response.ok)
    throw new SmsError(`The simulator refused the request (${response.status}): ${await response.text()}`);
  return response.text();
}
