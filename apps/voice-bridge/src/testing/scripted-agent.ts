import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { VoiceTurn, VoiceTurnEnd } from '@parley/contracts';

/** What the agent does with a turn: its words, `undefined` for silence on the line, or a refusal. */
export type Answer = (turn: VoiceTurn) => readonly string[] | undefined | { refuse: string };

/** Stands in for the orchestrator on NATS: answers turns by a script and keeps what it was asked. */
export class ScriptedAgent {
  readonly turns: VoiceTurn[] = [];
  readonly cancelled: string[] = [];
  answer: Answer = (turn) => [`You said ${turn.said}`];
  /** Up to which turn the ledger is acknowledged; by default everything that came along. */
  acknowledges = (turn: VoiceTurn): number => turn.ledger.at(-1)?.turnNo ?? 0;

  private constructor(private readonly nats: NatsConnection) {
    nats.subscribe('live.voice.turn.v1.*', {
      callback: (_error, message) => {
        const turn = message.json<VoiceTurn>();
        this.turns.push(turn);
        const answer = this.answer(turn);
        if (answer === undefined) return;
        const { turnId, attempt } = turn;
        const say = (frame: object): void => void message.respond(JSON.stringify(frame));
        if ('refuse' in answer) {
          return say({
            kind: 'refusal',
            n: 0,
            error: { code: answer.refuse, message: 'no', retryable: false },
          });
        }
        answer.forEach((text, n) => say({ kind: 'chunk', n, data: { turnId, attempt, text } }));
        const end: VoiceTurnEnd = {
          turnId,
          attempt,
          finishReason: 'complete',
          ledgerMergedThrough: this.acknowledges(turn),
          conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn' as VoiceTurnEnd['conversationId'],
          contactId: 'ctc_01k9wm3v7hq2b8yjr5xet6c4dn' as VoiceTurnEnd['contactId'],
          usage: { inputTokens: 10, outputTokens: 5 },
        };
        return say({ kind: 'end', n: answer.length, data: end });
      },
    });
    nats.subscribe('live.voice.cancel.v1.*', {
      callback: (_error, message) => void this.cancelled.push(message.json<{ turnId: string }>().turnId),
    });
  }

  static async start(natsUrl: string): Promise<ScriptedAgent> {
    return new ScriptedAgent(await connect({ servers: natsUrl }));
  }

  async stop(): Promise<void> {
    await this.nats.close();
  }
}
