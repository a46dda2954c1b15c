import { Injectable } from '@nestjs/common';
import type { CancelVoiceTurn, VoiceTurn } from '@parley/contracts';
import type { CallId } from '@parley/kernel';

type Attempt = Pick<VoiceTurn, 'callId' | 'turnId' | 'attempt'>;

/** Runs the spoken turns of this process, at most one for each call. */
@Injectable()
export class SpokenTurnsInProgress {
  readonly #running = new Map<CallId, Attempt & { stop: AbortController }>();

  /**
   * Runs a turn. Its signal aborts when the turn is cancelled, when a newer turn of the call begins, or with
   * `stopping`.
   */
  async run<T>(
    turn: Attempt,
    stopping: AbortSignal,
    work: (cancelled: AbortSignal) => Promise<T>,
  ): Promise<T> {
    this.#running.get(turn.callId)?.stop.abort();
    const own = { ...turn, stop: new AbortController() };
    this.#running.set(turn.callId, own);
    try {
      return await work(AbortSignal.any([own.stop.signal, stopping]));
    } finally {
      if (this.#running.get(turn.callId) === own) this.#running.delete(turn.callId);
    }
  }

  /** Cancels this attempt of a turn, or an earlier attempt, if this process runs it. */
  cancel({ callId, turnId, attempt }: CancelVoiceTurn): void {
    const own = this.#running.get(callId);
    if (own?.turnId === turnId && own.attempt <= attempt) own.stop.abort();
  }
}
