import { connect, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import type { VoiceTurn, VoiceTurnEnd } from '@parley/contracts';

/**
 * The agent's answer to a turn: words, `undefined` for no answer, a refusal, words with one lost, or empty
 * messages until the turn is cancelled.
 */
export type AgentAnswer = (
  turn: VoiceTurn,
) =>
  | readonly string[]
  | undefined
  | { refuse: string }
  | { words: readonly string[]; lost: number }
  | 'thinking';

const SIGN_OF_LIFE_MS = 100;

/** Plays the orchestrator on NATS: answers turns by a script and records the requests. */
export class ScriptedAgent {
  readonly turns: VoiceTurn[] = [];
  readonly cancelled: string[] = [];
  answer: AgentAnswer = (turn) => [`You said ${turn.said}`];
  /** The last turn that the agent acknowledges; by default the last of the request. */
  acknowledges = (turn: VoiceTurn): number => turn.ledger.at(-1)?.turnNo ?? 0;
  #listening: Subscription | undefined;

  private constructor(private readonly nats: NatsConnection) {
    nats.subscribe('live.voice.cancel.v1.*', {
      callback: (_error, message) => void this.cancelled.push(message.json<{ turnId: string }>().turnId),
    });
  }

  static async start(natsUrl: string): Promise<ScriptedAgent> {
    const agent = new ScriptedAgent(await connect({ servers: natsUrl }));
    await agent.connect();
    return agent;
  }

  async connect(): Promise<void> {
    this.#listening ??= this.nats.subscribe('live.voice.turn.v1.*', {
      callback: (_error, message) => this.#take(message),
    });
    await this.nats.flush();
  }

  /** Makes the agent unavailable. */
  async disconnect(): Promise<void> {
    this.#listening?.unsubscribe();
    this.#listening = undefined;
    await this.nats.flush();
  }

  async stop(): Promise<void> {
    await this.nats.close();
  }

  #take(message: Msg): void {
    const turn = message.json<VoiceTurn>();
    this.turns.push(turn);
    const answer = this.answer(turn);
    const say = (frame: object): void => void message.respond(JSON.stringify(frame));
    if (answer === undefined) return;
    if (answer === 'thinking') return this.#think(turn, say);
    if ('refuse' in answer) {
      const error = { code: answer.refuse, message: 'no', retryable: false };
      return say({ kind: 'refusal', n: 0, error });
    }
    const { words, lost } = 'lost' in answer ? answer : { words: answer, lost: -1 };
    const { turnId, attempt } = turn;
    words.forEach((text, n) => {
      if (n !== lost) say({ kind: 'chunk', n, data: { turnId, attempt, text } });
    });
    const end: VoiceTurnEnd = {
      turnId,
      attempt,
      finishReason: 'complete',
      ledgerMergedThrough: this.acknowledges(turn),
      conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn' as VoiceTurnEnd['conversationId'],
      contactId: 'ctc_01k9wm3v7hq2b8yjr5xet6c4dn' as VoiceTurnEnd['contactId'],
      usage: { inputTokens: 10, outputTokens: 5 },
    };
    say({ kind: 'end', n: words.length, data: end });
  }

  #think({ turnId }: VoiceTurn, say: (frame: object) => void): void {
    let n = 0;
    const timer = setInterval(() => {
      if (this.cancelled.includes(turnId) || this.nats.isClosed()) return clearInterval(timer);
      say({ kind: 'alive', n });
      n += 1;
    }, SIGN_OF_LIFE_MS);
  }
}
