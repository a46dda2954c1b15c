import { setTimeout as delay } from 'node:timers/promises';
import { connect, type Msg, type NatsConnection } from '@nats-io/transport-node';
import type { VendorDelays } from './stage-messages.js';
import { agentSentences, firstPositionIn } from './script.js';
import type { TurnFinder } from './measured-turn.js';

/** The subject of voice-bridge's requests; the relay sends the same requests to its own subject. */
const BRIDGE_SUBJECT = 'live.voice.turn.v1.*';
const RELAY_SUBJECT = 'bench.relay.turn';

interface Question {
  turnId: string;
  attempt: number;
  said: string;
  ledger: { turnNo: number }[];
}

/** Streams an answer to every turn word by word, as the agent-orchestrator does. */
export class SimulatedAgent {
  delays: VendorDelays | undefined;
  turns: TurnFinder | undefined;

  private constructor(
    private readonly nats: NatsConnection,
    subjects: readonly string[],
  ) {
    for (const subject of subjects) {
      nats.subscribe(subject, {
        callback: (_error, message) => void this.#answer(message, performance.now()),
      });
    }
  }

  /** Starts the agent. `answersTurns` makes it answer voice-bridge too; otherwise it answers only the relay. */
  static async start(natsUrl: string, answersTurns: boolean): Promise<SimulatedAgent> {
    const subjects = answersTurns ? [BRIDGE_SUBJECT, RELAY_SUBJECT] : [RELAY_SUBJECT];
    return new SimulatedAgent(await connect({ servers: natsUrl }), subjects);
  }

  async stop(): Promise<void> {
    await this.nats.close();
  }

  async #answer(message: Msg, askedMs: number): Promise<void> {
    const question = message.json<Question>();
    const position = firstPositionIn(question.said);
    const turn = position && this.turns?.turn(position);
    if (!turn || !this.delays) return;
    turn.askedMs ??= askedMs;
    turn.said ??= question.said;
    const { turnId, attempt } = question;
    const { modelFirstTokenMs, modelPerWordMs } = this.delays;
    let n = 0;
    const send = (frame: object): void => {
      message.respond(JSON.stringify({ n, ...frame }));
      n += 1;
    };
    if (modelFirstTokenMs > 0) await delay(modelFirstTokenMs);
    for (const sentence of agentSentences(turn.call, turn.number)) {
      for (const word of sentence) {
        if (word === sentence.at(-1)) turn.sentenceSentMs ??= performance.now();
        send({ kind: 'chunk', data: { turnId, attempt, text: `${word} ` } });
        if (modelPerWordMs > 0) await delay(modelPerWordMs);
      }
    }
    send({
      kind: 'end',
      data: {
        turnId,
        attempt,
        finishReason: 'complete',
        ledgerMergedThrough: question.ledger.at(-1)?.turnNo ?? 0,
        conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn',
        contactId: 'ctc_01k9wm3v7hq2b8yjr5xet6c4dn',
        usage: { inputTokens: 100, outputTokens: 10 },
      },
    });
  }
}
