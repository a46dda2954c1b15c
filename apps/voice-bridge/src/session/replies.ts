import type { VoiceTurnEnd } from '@parley/contracts';
import type { ReplyEvent } from '@parley/turn-taking';
import type { AgentLine, TurnToTake } from './agent-line.js';

/** A lost message or process is noticed at once; a second attempt that fails too is a fault. */
const MAX_ATTEMPTS = 2;

export interface RepliesListener {
  reply(event: ReplyEvent): void;
  ended(turnNo: number, end: VoiceTurnEnd): void;
  failed(turnNo: number, reason: string): void;
}

/** The agent's answers, one turn at a time: asked for, asked for again where nothing came, called off. */
export class Replies {
  #underWay: { turnNo: number; calledOff: AbortController } | undefined;

  constructor(
    private readonly agent: AgentLine,
    private readonly listener: RepliesListener,
  ) {}

  /** @param turnOf the turn as it is to be asked for in this attempt */
  start(turnNo: number, turnOf: (attempt: number) => TurnToTake): void {
    this.callOff();
    const calledOff = new AbortController();
    this.#underWay = { turnNo, calledOff };
    void this.#ask(turnNo, turnOf, calledOff.signal);
  }

  cancel(turnNo: number): void {
    if (this.#underWay?.turnNo === turnNo) this.callOff();
  }

  callOff(): void {
    this.#underWay?.calledOff.abort();
    this.#underWay = undefined;
  }

  async #ask(turnNo: number, turnOf: (attempt: number) => TurnToTake, signal: AbortSignal): Promise<void> {
    let hasText = false;
    for (let attempt = 1; ; attempt += 1) {
      const onText = (text: string): void => {
        if (signal.aborted) return;
        hasText = true;
        this.listener.reply({ kind: 'reply-text', turnNo, text });
      };
      const outcome = await this.agent.take(turnOf(attempt), onText, signal);
      if (signal.aborted) return;
      if (outcome.kind === 'ended') {
        this.listener.ended(turnNo, outcome.end);
        return this.listener.reply({ kind: 'reply-ended', turnNo, hangUp: false });
      }
      this.listener.failed(turnNo, outcome.reason);
      // What was said already would be said again.
      if (hasText || !outcome.isWorthAnother || attempt >= MAX_ATTEMPTS) {
        return this.listener.reply({ kind: 'reply-failed', turnNo });
      }
    }
  }
}
