import type { VoiceTurnEnd } from '@parley/contracts';
import { sleep } from '@parley/resilience';
import type { ReplyEvent } from '@parley/turn-taking';
import type { AgentClient, TurnRequest } from './agent-client.js';

/**
 * How often a reply is requested. A broken reply (a missing message, 1.5 s without a message, or no orchestrator) is
 * detected at once, so there is time for a second attempt, but not for a third.
 */
const MAX_ATTEMPTS = 2;
/** The pause between two attempts: an orchestrator may have to start first. */
const BETWEEN_ATTEMPTS_MS = 500;

export interface RepliesListener {
  reply(event: ReplyEvent): void;
  ended(turnNo: number, end: VoiceTurnEnd): void;
  failed(turnNo: number, reason: string): void;
}

interface Asking {
  readonly turnNo: number;
  readonly cancellation: AbortController;
  isSpoken: boolean;
}

/** Requests the agent's replies, one turn at a time. Requests a broken reply again, and cancels replies. */
export class Replies {
  #current: Asking | undefined;

  constructor(
    private readonly agent: AgentClient,
    private readonly listener: RepliesListener,
  ) {}

  /** @param turnOf the request for one attempt */
  start(turnNo: number, turnOf: (attempt: number) => TurnRequest): void {
    this.cancelCurrent();
    const asking: Asking = { turnNo, cancellation: new AbortController(), isSpoken: false };
    this.#current = asking;
    void this.#ask(asking, turnOf);
  }

  /** Records that part of the reply is spoken. No second attempt follows then, because it would repeat that part. */
  markSpoken(turnNo: number): void {
    if (this.#current?.turnNo === turnNo) this.#current.isSpoken = true;
  }

  cancel(turnNo: number): void {
    if (this.#current?.turnNo === turnNo) this.cancelCurrent();
  }

  cancelCurrent(): void {
    this.#current?.cancellation.abort();
    this.#current = undefined;
  }

  async #ask(asking: Asking, turnOf: (attempt: number) => TurnRequest): Promise<void> {
    const { turnNo, cancellation } = asking;
    const { signal } = cancellation;
    for (let attempt = 1; ; attempt += 1) {
      let isOver = false;
      const onText = (text: string): void => {
        if (!signal.aborted && !isOver) this.listener.reply({ kind: 'reply-text', turnNo, text });
      };
      const notBeforeMs = performance.now() + BETWEEN_ATTEMPTS_MS;
      const outcome = await this.agent.requestReply(turnOf(attempt), onText, signal);
      isOver = true;
      if (signal.aborted) return;
      if (outcome.kind === 'ended') {
        this.listener.ended(turnNo, outcome.end);
        return this.listener.reply({ kind: 'reply-ended', turnNo });
      }
      this.listener.failed(turnNo, outcome.reason);
      if (asking.isSpoken || !outcome.isRetryable || attempt >= MAX_ATTEMPTS) {
        return this.listener.reply({ kind: 'reply-failed', turnNo });
      }
      this.listener.reply({ kind: 'reply-restarted', turnNo });
      await sleep(Math.max(0, notBeforeMs - performance.now()), signal);
      if (signal.aborted) return;
    }
  }
}
