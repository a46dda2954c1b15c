import { Injectable } from '@nestjs/common';
import type { CancelVoiceTurn, VoiceTurn } from '@parley/contracts';
import type { CallId } from '@parley/kernel';

type Attempt = Pick<VoiceTurn, 'callId' | 'turnId' | 'attempt'>;

/** The spoken turns that this process works on: at most one of each call, the newest. */
@Injectable()
export class TurnsUnderWay {
  readonly #working = new Map<CallId, Attempt & { stop: AbortController }>();

  /** Does a turn's work, with a signal that tells when it is no longer wanted. */
  async run<T>(
    turn: Attempt,
    stopping: AbortSignal,
    work: (cancelled: AbortSignal) => Promise<T>,
  ): Promise<T> {
    this.#working.get(turn.callId)?.stop.abort();
    const own = { ...turn, stop: new AbortController() };
    this.#working.set(turn.callId, own);
    try {
      return await work(AbortSignal.any([own.stop.signal, stopping]));
    } finally {
      if (this.#working.get(turn.callId) === own) this.#working.delete(turn.callId);
    }
  }

  /** Ends this attempt of a turn, or an earlier one, if this process works on it. */
  cancel({ callId, turnId, attempt }: CancelVoiceTurn): void {
    const own = this.#working.get(callId);
    if (own?.turnId === turnId && own.attempt <= attempt) own.stop.abort();
  }
}
