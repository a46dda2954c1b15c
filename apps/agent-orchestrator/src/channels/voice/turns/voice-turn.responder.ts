import { Controller, Logger } from '@nestjs/common';
import { CallAlive, CancelVoiceTurn, VoiceTurn, type VoiceTurnEnd } from '@parley/contracts';
import { AnswersLive, OnLive, type LiveAnswer } from '@parley/messaging';
import { RetryableError } from '@parley/resilience';
import { RenewCallLeases } from './renew-call-leases.js';
import { TakeSpokenTurn } from './take-spoken-turn.js';
import { SpokenTurnsInProgress } from './spoken-turns-in-progress.js';

/**
 * live.voice.turn.v1.<callId> → TakeSpokenTurn, until live.voice.cancel.v1.<callId>
 * live.voice.alive.v1.<callId> → RenewCallLeases
 */
@Controller()
export class VoiceTurnResponder {
  readonly #logger = new Logger(VoiceTurnResponder.name);

  constructor(
    private readonly takeSpokenTurn: TakeSpokenTurn,
    private readonly inProgress: SpokenTurnsInProgress,
    private readonly renewCallLeases: RenewCallLeases,
  ) {}

  @AnswersLive(VoiceTurn)
  async turn(turn: VoiceTurn, answer: LiveAnswer<typeof VoiceTurn>): Promise<VoiceTurnEnd> {
    const { callId, turnId, turnNo, attempt } = turn;
    this.#logger.debug({ callId, turnNo, attempt }, 'Spoken turn started');
    const end = await this.inProgress.run(turn, answer.signal, (cancelled) =>
      this.takeSpokenTurn.execute(turn, cancelled, (text) => answer.send({ turnId, attempt, text })),
    );
    // This replica is draining. The voice-bridge asks again, and another replica answers.
    if (answer.signal.aborted && end.finishReason === 'cancelled')
      throw new RetryableError('This replica is draining; ask again for another replica');
    return end;
  }

  @OnLive(CancelVoiceTurn)
  cancel(unwanted: CancelVoiceTurn): void {
    this.inProgress.cancel(unwanted);
  }

  @OnLive(CallAlive)
  alive(call: CallAlive): void {
    this.renewCallLeases.execute(call);
  }
}
