import { Agent, request } from 'node:http';
import { constants, setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { LoadRequest, LoadResult } from './load.js';
import type { PostingPace } from './pacer.js';
import { type SignedText, signedText } from './signed-text.js';

/** Time to start the pacing thread. */
const LEAD_MS = 300;
const REQUEST_TIMEOUT_MS = 10_000;

const agent = new Agent({ keepAlive: true, maxSockets: 512, scheduling: 'fifo' });
const now = () => performance.timeOrigin + performance.now();

raisePriority();
process.on('disconnect', () => process.exit());
process.on('message', (load: LoadRequest) => void generate(load).then((result) => process.send!(result)));

/** Posts texts at fixed times, also while earlier ones are unanswered. */
async function generate(load: LoadRequest): Promise<LoadResult> {
  const count = Math.round((load.ratePerS * load.durationMs) / 1_000);
  const texts = Array.from({ length: count }, (_, index) => signedText(load, load.firstText + index));
  const pace: PostingPace = { startAtMs: now() + LEAD_MS, intervalMs: 1_000 / load.ratePerS, count };
  const result: LoadResult = {
    sent: count,
    failed: 0,
    dueAtMs: Float64Array.from(texts, (_, index) => pace.startAtMs + index * pace.intervalMs),
    latenciesMs: new Float64Array(count),
    latenessMs: new Float64Array(count),
  };
  const posts: Promise<void>[] = [];
  const postText = async (index: number): Promise<void> => {
    const dueAtMs = result.dueAtMs[index]!;
    result.latenessMs[index] = now() - dueAtMs;
    const status = await post(load.url, texts[index]!);
    result.latenciesMs[index] = now() - dueAtMs;
    if (status < 200 || status > 299) result.failed += 1;
  };
  const pacer = new Worker(new URL('./pacer.js', import.meta.url), { workerData: pace });
  pacer.on('message', (index: number) => posts.push(postText(index)));
  await new Promise((resolve) => pacer.once('exit', resolve));
  await Promise.all(posts);
  return result;
}

/** Resolves to the HTTP status, or 0 without an answer. */
function post(url: string, { body, signature }: SignedText): Promise<number> {
  return new Promise((resolve) => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': Buffer.byteLength(body),
      'x-twilio-signature': signature,
    };
    const posting = request(
      url,
      { method: 'POST', agent, headers, timeout: REQUEST_TIMEOUT_MS },
      (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer.statusCode ?? 0));
        answer.once('error', () => resolve(0));
      },
    );
    posting.once('timeout', () => posting.destroy());
    posting.once('error', () => resolve(0));
    posting.end(body);
  });
}

/**
 * Raises this process's priority, because on few cores the measured processes would delay it. `latenessMs` shows the
 * delays that remain.
 */
function raisePriority(): void {
  try {
    setPriority(constants.priority.PRIORITY_HIGH);
  } catch {
    // Without the permission the priority stays as it is.
  }
}
