import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { VoiceTurnEnd } from '@parley/contracts';
import { assertNever } from '@parley/kernel';
import type { HangUpReason, TurnEvent, TurnOutput } from '@parley/turn-taking';
import { fillerText, languagesOf, lineText, turnPolicyOf, type VoiceAgent } from '../agents/voice-agent.js';
import { type Call, type EndReason, originOf, type UnavailableReason } from '../calls/call.js';
import type { HeldStream, LiveStream } from '../calls/call-store.js';
import type { AgentLine, TurnToTake } from './agent-line.js';
import type { CallKeeping } from './call-keeping.js';
import { CallerFrames } from './caller-frames.js';
import { Ear } from './ear.js';
import { Mouth } from './mouth.js';
import { type PhoneLine, POLICY_VIOLATION } from './phone-line.js';
import { Replies } from './replies.js';
import type { SpeechToText } from '../speech-to-text/speech-to-text.js';
import type { TextToSpeech } from '../text-to-speech/text-to-speech.js';
import type { TurnLedger } from './turn-ledger.js';
import { TurnTaking } from './turn-taking.js';

const ALIVE_EVERY_MS = 5_000;
const CLOSED_NORMALLY = 1000;
const TRY_AGAIN_LATER = 1013;

export interface CallSessionParts {
  readonly call: Call;
  readonly agent: VoiceAgent;
  readonly line: PhoneLine;
  readonly recogniser: SpeechToText;
  readonly voice: TextToSpeech;
  readonly agentLine: AgentLine;
  readonly keeping: CallKeeping;
  /** This socket carries the call from now on: no other does. */
  readonly onClaimed: () => void;
  /** The socket is closed: nothing follows. */
  readonly onClosed: () => void;
}

/**
 * One call, from its media socket's upgrade to its end. Its parts are one line:
 *
 *   caller's frames → Ear (recogniser) → TurnTaking → Replies (agent) → TurnTaking → Mouth (voice, pacing) → caller
 *
 * TurnTaking decides everything; the session tells it what happens and does what it says.
 */
export class CallSession extends CallerFrames {
  readonly stream: HeldStream;
  readonly #logger = new Logger(CallSession.name);
  /** All that a call has under way hangs on this one signal. */
  readonly #over = new AbortController();

  // The pipeline, in the order in which sound passes it.
  readonly #ear: Ear;
  readonly #turnTaking: TurnTaking;
  readonly #replies: Replies;
  readonly #mouth: Mouth;

  #ledger: TurnLedger | undefined;
  #streamNo = 0;
  #laneToken = '';
  #aliveAtMs = 0;
  #countedMs = 0;
  #place: Pick<VoiceTurnEnd, 'conversationId' | 'contactId'> | undefined;
  #fate: 'carrying' | 'fenced' | 'hanging-up' | 'over' = 'carrying';

  constructor(private readonly parts: CallSessionParts) {
    super();
    const { call, agent, line, recogniser, voice, agentLine } = parts;
    this.stream = { callId: call.id, streamToken: randomUUID() };
    const languages = languagesOf(agent);
    this.#ear = new Ear(
      recogniser,
      { languages },
      {
        speech: (event) => this.#tell(event),
        lost: (reason) => {
          this.#warn('the recogniser was lost', reason);
          this.#tell({ kind: 'recogniser-lost' });
        },
        unavailable: () => this.#giveUp('recogniser-unavailable'),
      },
    );
    this.#turnTaking = new TurnTaking(turnPolicyOf(agent), (output, atMs) => this.#do(output, atMs));
    this.#replies = new Replies(agentLine, {
      reply: (event) => {
        if (event.kind === 'reply-text') this.#ledger?.note(event.turnNo, 'firstTokenMs', performance.now());
        this.#tell(event);
      },
      ended: (turnNo, end) => {
        this.#ledger?.acknowledge(end.ledgerMergedThrough);
        const { inputTokens = 0, outputTokens = 0 } = end.usage ?? {};
        this.#ledger?.count(turnNo, { tokensUsed: inputTokens + outputTokens });
        void this.#placeIn(end);
      },
      failed: (_turnNo, reason) => this.#warn('the agent did not answer', reason),
    });
    this.#mouth = new Mouth(voice, { voiceId: agent.voice.voiceId, languages }, line, {
      playback: (event) => this.#tell(event),
      moment: (turnNo, moment, atMs) => this.#ledger?.note(turnNo, moment, atMs),
      synthesised: (turnNo, characters) => this.#ledger?.count(turnNo, { charactersSynthesised: characters }),
      failed: (turnNo, reason) => {
        this.#warn('the voice was lost', reason);
        this.#tell({ kind: 'reply-failed', turnNo });
      },
      unavailable: (reason) => {
        this.#warn('no voice is available', reason);
        this.#giveUp('voice-unavailable');
      },
    });
    this.#over.signal.addEventListener('abort', () => this.#letGo(), { once: true });
  }

  /** It carries the call, or did. */
  get hasClaimed(): boolean {
    return this.#streamNo > 0;
  }

  /** Orders the sockets of a call, once they have claimed it. */
  get streamNo(): number {
    return this.#streamNo;
  }

  /** This socket, and how far the turn under way was heard. */
  get live(): LiveStream {
    const turn = this.#mouth.underWay(performance.now());
    if (!turn || !this.#ledger) return { ...this.stream, heard: undefined };
    const { generation, heard, heardMs } = turn;
    const turnNo = this.#ledger.numberOf(turn.turnNo);
    return { ...this.stream, heard: { turnNo, generation, heardChars: heard.length, heardMs } };
  }

  // What the media socket tells.

  started(callSid: string): void {
    this.#start(callSid).catch((error: unknown) => {
      this.#logger.error({ err: error, callId: this.stream.callId }, 'a call could not be taken over');
      this.parts.line.hangUp(1011, 'failed');
    });
  }

  audio(timestampMs: number, payload: string): boolean {
    return this.#fate !== 'carrying' || this.#ear.frame(timestampMs, payload);
  }

  mark(name: string): void {
    if (this.#fate === 'carrying') this.#mouth.mark(name, performance.now());
  }

  /** Keys are not asked for yet. */
  key(): void {}

  stopped(): void {
    if (this.#fate === 'carrying') this.#end('caller');
  }

  closed(): void {
    if (this.#fate === 'carrying') this.#end('socket');
    this.#over.abort();
    this.parts.onClosed();
  }

  // What the process tells.

  beat(nowMs: number): void {
    if (this.#fate !== 'carrying') return;
    this.#ear.beat(nowMs);
    this.#mouth.beat(nowMs);
    this.#turnTaking.beat(nowMs);
    if (this.#ledger && nowMs >= this.#aliveAtMs) {
      this.#aliveAtMs = nowMs + ALIVE_EVERY_MS;
      this.parts.agentLine.alive(this.stream.callId, this.#laneToken);
    }
  }

  /**
   * Another socket carries the call: this one hears and says nothing more, and stays open, since closing it might end
   * `<Connect>` for both.
   */
  fence(): void {
    if (this.#fate !== 'carrying') return;
    this.#fate = 'fenced';
    this.#over.abort();
  }

  /** Closes the socket, whatever it carries: the call goes on as its TwiML says. */
  leave(): void {
    if (this.#fate === 'carrying') this.#end('socket');
    this.parts.line.hangUp(1001, 'leaving');
  }

  /** Ends the call, because its process stops and no other takes it over. */
  stop(): void {
    if (this.#fate === 'carrying') this.#end('process');
    this.parts.line.hangUp(1001, 'leaving');
  }

  // Turn-taking: what happens in, what to do out.

  #tell(event: TurnEvent): void {
    if (this.#fate === 'carrying' && this.#ledger) this.#turnTaking.tell(event);
  }

  #do(output: TurnOutput, atMs: number): void {
    switch (output.kind) {
      case 'start-turn':
        return this.#ask(output);
      case 'cancel-turn':
        return this.#replies.cancel(output.turnNo);
      case 'speak':
        this.#replies.isSpoken(output.turnNo);
        return this.#speak(output.turnNo, output.sentence);
      case 'say':
        this.#ledger?.open(output.turnNo, { line: output.line });
        return this.#speak(output.turnNo, lineText(this.parts.agent, output.line, output.nth));
      case 'fill':
        return this.#mouth.fill(output.turnNo, fillerText(this.parts.agent, output.nth));
      case 'finish-speaking':
        return this.#mouth.finish(output.turnNo);
      case 'suspend':
        return this.#mouth.suspend(output.turnNo, atMs);
      case 'resume':
        return this.#mouth.resume(output.turnNo, atMs);
      case 'close-turn': {
        this.#replies.cancel(output.turnNo);
        const said = this.#mouth.close(output.turnNo, atMs, output.cut !== undefined);
        this.#countSpeech(output.turnNo);
        return this.#ledger?.close(output.turnNo, said, output.cut, atMs);
      }
      case 'record-unanswered': {
        const { turnNo, said, speechEndMs, sttFinalMs, reason } = output;
        this.#ledger?.open(turnNo, { said, timings: { speechEndMs, sttFinalMs } });
        this.#countSpeech(turnNo);
        return this.#ledger?.closeUnanswered(turnNo, reason, atMs);
      }
      case 'reconnect-recogniser':
        return this.#ear.reopen();
      case 'hang-up':
        return this.#hangUp(output.reason);
      case 'ignore':
        return this.#logger.debug({ callId: this.stream.callId, ...output }, 'turn-taking ignores');
      default:
        return assertNever(output);
    }
  }

  /** What is said is written down first: should this process die, it is known what the caller may have heard. */
  #speak(turnNo: number, sentence: string): void {
    if (this.#ledger) this.#mouth.speak(turnNo, sentence, this.#ledger.say(turnNo, sentence));
  }

  #ask({ turnNo, said, speechEndMs, sttFinalMs }: Extract<TurnOutput, { kind: 'start-turn' }>): void {
    const ledger = this.#ledger;
    if (!ledger) return;
    const { turnId } = ledger.open(turnNo, { said, timings: { speechEndMs, sttFinalMs } });
    void ledger.asked(turnNo);
    const { call } = this.parts;
    this.#replies.start(turnNo, (attempt): TurnToTake => ({
      callId: call.id,
      call: originOf(call),
      turnNo: ledger.numberOf(turnNo),
      turnId,
      attempt,
      laneToken: this.#laneToken,
      said,
      ledger: ledger.unacknowledged,
    }));
  }

  async #start(callSid: string): Promise<void> {
    const { call, keeping, line, onClaimed } = this.parts;
    const claimed = await keeping.claim(call, callSid, this.stream);
    if (!claimed) return line.hangUp(POLICY_VIOLATION, 'not this call');
    this.#streamNo = claimed.streamNo;
    this.#laneToken = claimed.laneToken;
    onClaimed();
    const ledger = await keeping.ledgerOf(claimed, this.stream);
    if (this.#fate !== 'carrying') return;
    this.#ledger = ledger;
    this.#tell({ kind: 'call-started', hasGreeting: claimed.lastTurnNo === 0 });
  }

  /** Every turn says where it stands in the log, and seldom anything new. */
  async #placeIn({ conversationId, contactId }: VoiceTurnEnd): Promise<void> {
    const place = { conversationId, contactId };
    if (conversationId === this.#place?.conversationId && contactId === this.#place.contactId) return;
    if (await this.parts.keeping.placed(this.stream.callId, place)) this.#place = place;
  }

  /** What was recognised since the turn before. */
  #countSpeech(turnNo: number): void {
    this.#ledger?.count(turnNo, { sttMs: this.#ear.heardMs - this.#countedMs });
    this.#countedMs = this.#ear.heardMs;
  }

  #hangUp(reason: HangUpReason): void {
    this.#fate = 'hanging-up';
    const { call, keeping, line } = this.parts;
    keeping
      .hangUp(call, this.stream, END_REASONS[reason])
      .catch((error: unknown) => this.#warn('Twilio was not told to end a call', String(error)))
      .finally(() => {
        this.#over.abort();
        line.hangUp(CLOSED_NORMALLY, 'over');
      });
  }

  /** It cannot go on: the socket is closed, and Twilio's next verb says so to the caller. */
  #giveUp(reason: UnavailableReason): void {
    if (this.#fate !== 'carrying' || !this.#ledger) return;
    this.#tell({ kind: 'call-ended', by: 'connection-lost' });
    this.#fate = 'hanging-up';
    const { call, keeping, line } = this.parts;
    keeping
      .givenUp(call, this.stream, reason)
      .catch((error: unknown) => this.#warn('could not store why the call was given up', String(error)))
      .finally(() => {
        this.#over.abort();
        line.hangUp(TRY_AGAIN_LATER, reason);
      });
  }

  /** The caller, the network or this process ended it: the turn under way is closed and recorded. */
  #end(by: 'caller' | 'socket' | 'process'): void {
    this.#tell({ kind: 'call-ended', by: by === 'caller' ? 'hang-up' : 'connection-lost' });
    const wasCarrying = this.#fate === 'carrying';
    this.#fate = 'over';
    this.#over.abort();
    if (!wasCarrying) return;
    const { call, keeping } = this.parts;
    const recorded =
      by === 'socket'
        ? keeping.released(this.stream)
        : keeping.over(call, this.stream, by === 'caller' ? 'caller-hung-up' : 'connection-lost');
    recorded.catch((error: unknown) => this.#warn('could not store the end of the call', String(error)));
  }

  #letGo(): void {
    this.#replies.callOff();
    this.#mouth.shut();
    this.#ear.close();
    const { count, ms } = this.#ear.gaps;
    if (count > 0) this.#warn('audio of the caller was missing', `${count} gaps, ${Math.round(ms)} ms`);
  }

  #warn(message: string, reason: string): void {
    this.#logger.warn({ callId: this.stream.callId, reason }, message);
  }
}

const END_REASONS: Readonly<Record<HangUpReason, EndReason>> = {
  silence: 'silence',
  'too-long': 'too-long',
  agent: 'agent-hung-up',
};
