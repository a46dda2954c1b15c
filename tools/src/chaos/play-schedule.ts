import { setTimeout as delay } from 'node:timers/promises';
import type { AppliedFault, PostedOperatorMessage, PostedText } from './evidence.js';
import {
  CALLBACK_SCRIPTS,
  type Fault,
  type FaultStep,
  faultName,
  type OperatorMessageStep,
  REPLICAS,
  type Schedule,
  type TextStep,
} from './schedule.js';
import type { ChaosStack } from './stack.js';

/** The REST client retries an operator message for this long. */
const REQUEST_PATIENCE_MS = 60_000;
const REQUEST_TIMEOUT_MS = 5_000;
const REQUEST_PAUSE_MS = 250;
const MODEL_DELAY_MS = 700;

/** The posted texts and operator messages with their answers, and the faults with their times. */
export interface PlayResult {
  readonly texts: readonly PostedText[];
  readonly operatorMessages: readonly PostedOperatorMessage[];
  readonly faults: readonly AppliedFault[];
  /** Operator messages that REST refused or did not accept in time. */
  readonly refusals: readonly string[];
}

/** Plays a schedule. Resolves once every webhook is answered or has failed and every process runs again. */
export async function playSchedule(stack: ChaosStack, schedule: Schedule): Promise<PlayResult> {
  const player = new Player(stack, schedule);
  const startedAt = performance.now();
  await Promise.all(
    schedule.steps.map(async (step) => {
      await delay(Math.max(0, step.atMs - (performance.now() - startedAt)));
      if (step.kind === 'text') await player.text(step);
      else if (step.kind === 'operator-message') await player.operatorMessage(step);
      else await player.fault(step);
    }),
  );
  await stack.simulator.heal();
  return player;
}

class Player implements PlayResult {
  readonly texts: PostedText[] = [];
  readonly operatorMessages: PostedOperatorMessage[] = [];
  readonly faults: AppliedFault[] = [];
  readonly refusals: string[] = [];
  /** The last fault of each process or server: faults of one target run one after the other. */
  readonly #inProgress = new Map<string, Promise<void>>();

  constructor(
    private readonly stack: ChaosStack,
    private readonly schedule: Schedule,
  ) {}

  async text({ person, messageSid, body, copies }: TextStep): Promise<void> {
    const from = this.schedule.people[person]!;
    const posted: PostedText = {
      person: from,
      messageSid,
      body,
      postedAtMs: Date.now(),
      acknowledgedAtMs: undefined,
    };
    this.texts.push(posted);
    const post = async () => {
      const { attempts } = await this.stack.simulator.text({ from, body, messageSid });
      const isAcknowledged = attempts.some(({ status }) => status !== null && status < 300);
      if (isAcknowledged) posted.acknowledgedAtMs ??= Date.now();
    };
    await Promise.all(Array.from({ length: copies }, post));
  }

  async operatorMessage({ person, idempotencyKey, text, copies }: OperatorMessageStep): Promise<void> {
    const to = this.schedule.people[person]!;
    const posted: PostedOperatorMessage = { person: to, text, messageIds: [] };
    this.operatorMessages.push(posted);
    const requests = Array.from({ length: copies }, () => this.#request({ to, text }, idempotencyKey));
    const ids = (await Promise.all(requests)).filter((id) => id !== undefined);
    posted.messageIds.push(...new Set(ids));
  }

  /** Returns the message's id, or undefined when the request was refused or not accepted in time. */
  async #request(body: { to: string; text: string }, idempotencyKey: string): Promise<string | undefined> {
    const deadline = performance.now() + REQUEST_PATIENCE_MS;
    const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
    const init = { method: 'POST', headers, body: JSON.stringify(body), timeoutMs: REQUEST_TIMEOUT_MS };
    while (performance.now() < deadline) {
      const answer = await this.stack.api('/v1/messages', init).catch(() => undefined);
      const text = await answer?.text().catch(() => undefined);
      if (answer?.status === 202 && text !== undefined) return (JSON.parse(text) as { id: string }).id;
      if (answer && answer.status < 500 && answer.status !== 409 && answer.status !== 429) {
        this.refusals.push(`POST /v1/messages answered ${answer.status}: ${text}`);
        return undefined;
      }
      await delay(REQUEST_PAUSE_MS);
    }
    this.refusals.push(`POST /v1/messages was not accepted within ${REQUEST_PATIENCE_MS} ms`);
    return undefined;
  }

  async fault({ fault }: FaultStep): Promise<void> {
    const target = targetOf(fault);
    const before = this.#inProgress.get(target) ?? Promise.resolve();
    const work = before.then(() => this.#recordFault(fault));
    this.#inProgress.set(target, work);
    await work;
  }

  async #recordFault(fault: Fault): Promise<void> {
    const startedAtMs = Date.now();
    this.stack.logMarker(`fault: ${faultName(fault)} ${JSON.stringify(fault)}`);
    await this.#applyFault(fault);
    this.stack.logMarker(`fault over: ${faultName(fault)}`);
    this.faults.push({ name: faultName(fault), startedAtMs, endedAtMs: Date.now() });
  }

  async #applyFault(fault: Fault): Promise<void> {
    const { stack } = this;
    const replicas = Array.from({ length: REPLICAS }, (_, replica) => replica);
    switch (fault.kind) {
      case 'kill':
        await stack.kill(fault.service, fault.replica);
        await delay(fault.downMs);
        return stack.startAgain(fault.service, fault.replica);
      case 'freeze':
        stack.freeze(fault.service, fault.replica);
        await delay(fault.forMs);
        return stack.thaw(fault.service, fault.replica);
      case 'restart':
        await stack.terminate(fault.service, fault.replica);
        return stack.startAgain(fault.service, fault.replica);
      case 'nats-restart':
        await stack.nats.stop('kill');
        await delay(fault.downMs);
        return stack.nats.start();
      case 'jetstream-wipe':
        replicas.forEach((replica) => stack.freeze(fault.unread, replica));
        await delay(fault.unreadMs);
        await stack.nats.wipe();
        replicas.forEach((replica) => stack.thaw(fault.unread, replica));
        await delay(fault.downMs);
        return stack.nats.start();
      case 'postgres-crash':
        await stack.postgres.stop('immediate');
        await delay(fault.downMs);
        return stack.postgres.start();
      case 'twilio':
      case 'callbacks':
      case 'withheld-webhook':
      case 'model':
        return this.#scriptVendor(fault);
    }
  }

  /** Scripts a vendor's fault in the simulator. */
  async #scriptVendor(
    fault: Extract<Fault, { kind: 'twilio' | 'callbacks' | 'withheld-webhook' | 'model' }>,
  ): Promise<void> {
    const { simulator } = this.stack;
    switch (fault.kind) {
      case 'twilio':
        return simulator.fault({
          ...fault,
          kind: 'twilio.create',
          ...(fault.mode === '429' && { retryAfter: 0 }),
        });
      case 'callbacks':
        return simulator.fault({
          kind: 'status-callbacks',
          script: CALLBACK_SCRIPTS[fault.variant],
          times: fault.times,
        });
      case 'withheld-webhook':
        return simulator.fault({
          kind: 'webhook.inbound',
          mode: 'withhold',
          times: 1,
          from: this.schedule.people[fault.person],
        });
      case 'model':
        return simulator.model({
          mode: fault.mode,
          times: fault.times,
          ...(fault.mode === 'delay' && { delayMs: MODEL_DELAY_MS }),
        });
    }
  }
}

function targetOf(fault: Fault): string {
  if ('service' in fault) return `${fault.service}#${fault.replica}`;
  if (fault.kind === 'nats-restart' || fault.kind === 'jetstream-wipe') return 'nats';
  return fault.kind;
}
