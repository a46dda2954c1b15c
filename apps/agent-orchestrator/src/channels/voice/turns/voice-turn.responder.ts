import { Controller, Logger } from '@nestjs/common';
import { CallAlive, CancelVoiceTurn, VoiceTurn, type VoiceTurnEnd } from '@parley/contracts';
import { AnswersLive, OnLive, type LiveAnswer } from '@parley/messaging';
import { RetryableError } from '@parley/resilience';
import { KeepCallsLeased } from './keep-calls-leased.js';
import { TakeSpokenTurn } from './take-spoken-turn.js';
import { TurnsUnderWay } from './turns-under-way.js';

/**
 * live.voice.turn.v1.<callId> → TakeSpokenTurn, until live.voice.cancel.v1.<callId>; live.voice.alive.v1.<callId> →
 * lease
 */
@Controller()
export class VoiceTurnResponder {
  readonly #logger = new Logger(VoiceTurnResponder.name);

  constructor(
    private readonly takeSpokenTurn: TakeSpokenTurn,
    private readonly underWay: TurnsUnderWay,
    private readonly keepCallsLeased: KeepCallsLeased,
  ) {}

  @AnswersLive(VoiceTurn)
  async turn(turn: VoiceTurn, answer: LiveAnswer<typeof VoiceTurn>): Promise<VoiceTurnEnd> {
    const { callId, turnId, turnNo, attempt } = turn;
    this.#logger.debug({ callId, turnNo, attempt }, 'a spoken turn is taken');
    const end = await this.underWay.run(turn, answer.signal, (cancelled) =>
      this.takeSpokenTurn.execute(turn, cancelled, (text) => answer.send({ turnId, attempt, text })),
    );
    // Another replica may take it.
    if (answer.signal.aborted && end.finishReason === 'cancelled')
      throw new RetryableError('this replica stops');
    return end;
  }

  @OnLive(CancelVoiceTurn)
  cancel(unwanted: CancelVoiceTurn): void {
    this.underWay.cancel(unwanted);
  }

  @OnLive(CallAlive)
  alive(call: CallAlive): void {
    this.keepCallsLeased.hear(call);
  }
}
