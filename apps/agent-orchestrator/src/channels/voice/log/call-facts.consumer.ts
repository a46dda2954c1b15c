import { Controller, Logger } from '@nestjs/common';
import { CallStateChanged, SpokenTurnCompleted } from '@parley/contracts';
import { MessageContext, OnFact } from '@parley/messaging';
import { RecordCallState } from './record-call-state.js';
import { RecordSpokenTurn } from './record-spoken-turn.js';

/** int.call.state-changed.v1.<callId> → RecordCallState; int.call.turn-completed.v1.<callId> → RecordSpokenTurn */
@Controller()
export class CallFactsConsumer {
  readonly #logger = new Logger(CallFactsConsumer.name);

  constructor(
    private readonly recordCallState: RecordCallState,
    private readonly recordSpokenTurn: RecordSpokenTurn,
  ) {}

  @OnFact(CallStateChanged)
  async changed(report: CallStateChanged, { consumer, envelope }: MessageContext): Promise<void> {
    const outcome = await this.recordCallState.execute(report, { consumer, eventId: envelope.id });
    const { callId, state } = report;
    this.#logger.debug({ eventId: envelope.id, callId, state, ...outcome }, 'Call state recorded');
  }

  @OnFact(SpokenTurnCompleted)
  async completed(turn: SpokenTurnCompleted, { consumer, envelope }: MessageContext): Promise<void> {
    const outcome = await this.recordSpokenTurn.execute(turn, { consumer, eventId: envelope.id });
    const { callId, turnNo } = turn;
    this.#logger.debug({ eventId: envelope.id, callId, turnNo, ...outcome }, 'Spoken turn recorded');
  }
}
