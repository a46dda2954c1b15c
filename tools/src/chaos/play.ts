import { setTimeout as delay } from 'node:timers/promises';
import type { PlayedFault, PostedOrder, PostedText } from './evidence.js';
import {
  CALLBACK_SCRIPTS,
  type Fault,
  type FaultStep,
  nameOf,
  type OrderStep,
  REPLICAS,
  type Schedule,
  type TextStep,
} from './schedule.js';
import type { ChaosStack } from './stack.js';

/** Whoever orders a text by REST tries for so long, as a client with a queue of its own would. */
const ORDER_PATIENCE_MS = 60_000;
const ORDER_TIMEOUT_MS = 5_000;
const ORDER_PAUSE_MS = 250;
const MODEL_DELAY_MS = 700;

/** What was done, and what was answered to it. */
export interface Played {
  readonly texts: readonly PostedText[];
  readonly orders: readonly PostedOrder[];
  readonly faults: readonly PlayedFault[];
  /** Requests by REST that were refused for good. */
  readonly refusals: readonly string[];
}

/** Plays a schedule to its end: every webhook was answered or given up, and every process runs again. */
export async function play(stack: ChaosStack, schedule: Schedule): Promise<Played> {
  const player = new Player(stack, schedule);
  const startedAt = performance.now();
  await Promise.all(
    schedule.steps.map(async (step) => {
      await delay(Math.max(0, step.atMs - (performance.now() - startedAt)));
      if (step.kind === 'text') await player.text(step);
      else if (step.kind === 'order') await player.order(step);
      else await player.fault(step);
    }),
  );
  await stack.simulator.heal();
  return player;
}

class Player implements Played {
  readonly texts: PostedText[] = [];
  readonly orders: PostedOrder[] = [];
  readonly faults: PlayedFault[] = [];
  readonly refusals: string[] = [];
  /** What is being done to a process or server: one thing after the other. */
  readonly #busy = new Map<string, Promise<void>>();

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

  async order({ person, idempotencyKey, text, copies }: OrderStep): Promise<void> {
    const to = this.schedule.people[person]!;
    const order: PostedOrder = { person: to, text, messageIds: [] };
    this.orders.push(order);
    const requests = Array.from({ length: copies }, () => this.#request({ to, text }, idempotencyKey));
    const ids = (await Promise.all(requests)).filter((id) => id !== undefined);
    order.messageIds.push(...new Set(ids));
  }

  /** The message's id; undefined when it was refused for good, or never answered. */
  async #request(body: { to: string; text: string }, idempotencyKey: string): Promise<string | undefined> {
    const deadline = performance.now() + ORDER_PATIENCE_MS;
    const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
    const init = { method: 'POST', headers, body: JSON.stringify(body), timeoutMs: ORDER_TIMEOUT_MS };
    while (performance.now() < deadline) {
      const answer = await this.stack.api('/v1/messages', init).catch(() => undefined);
      const text = await answer?.text().catch(() => undefined);
      if (answer?.status === 202 && text !== undefined) return (JSON.parse(text) as { id: string }).id;
      if (answer && answer.status < 500 && answer.status !== 409 && answer.status !== 429) {
        this.refusals.push(`POST /v1/messages answered ${answer.status}: ${text}`);
        return undefined;
      }
      await delay(ORDER_PAUSE_MS);
    }
    this.refusals.push(`POST /v1/messages was not accepted within ${ORDER_PATIENCE_MS} ms`);
    return undefined;
  }

  async fault({ fault }: FaultStep): Promise<void> {
    const target = targetOf(fault);
    const before = this.#busy.get(target) ?? Promise.resolve();
    const work = before.then(() => this.#break(fault));
    this.#busy.set(target, work);
    await work;
  }

  async #break(fault: Fault): Promise<void> {
    const startedAtMs = Date.now();
    this.stack.note(`fault: ${nameOf(fault)} ${JSON.stringify(fault)}`);
    await this.#inflict(fault);
    this.stack.note(`fault over: ${nameOf(fault)}`);
    this.faults.push({ name: nameOf(fault), startedAtMs, endedAtMs: Date.now() });
  }

  async #inflict(fault: Fault): Promise<void> {
    const { stack } = this;
    const replicas = Array.from({ length: REPLICAS }, (_, replica) => replica);
    switch (fault.kind) {
      case 'kill':
        await stack.kill(fault.service, fault.replica);
        await delay(fault.downMs);
        return stack.revive(fault.service, fault.replica);
      case 'freeze':
        stack.freeze(fault.service, fault.replica);
        await delay(fault.forMs);
        return stack.thaw(fault.service, fault.replica);
      case 'restart':
        await stack.terminate(fault.service, fault.replica);
        return stack.revive(fault.service, fault.replica);
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
        return this.#script(fault);
    }
  }

  /** What the vendors do is the simulator's to play. */
  async #script(
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
