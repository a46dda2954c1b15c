import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { VoiceTurnEnd } from '@parley/contracts';
import type { HangUpReason, TurnEvent } from '@parley/turn-taking';
import { languagesOf, turnPolicyOf, type VoiceAgent } from '../agents/voice-agent.js';
import type { Call, EndReason, UnavailableReason } from '../calls/call.js';
import type { HeldStream, LiveStream } from '../calls/call-store.js';
import type { SpeechToText } from '../speech-to-text/speech-to-text.js';
import type { TextToSpeech } from '../text-to-speech/text-to-speech.js';
import type { AgentClient } from './agent-client.js';
import { CallRecogniser } from './call-recogniser.js';
import type { CallRecorder } from './call-recorder.js';
import { CallVoice } from './call-voice.js';
import { MediaListener } from './media-listener.js';
import { type MediaOutput, POLICY_VIOLATION } from './media-output.js';
import { Replies } from './replies.js';
import { TurnActions } from './turn-actions.js';
import type { TurnLedger } from './turn-ledger.js';
import { TurnTaking } from './turn-taking.js';

const ALIVE_EVERY_MS = 5_000;
const CLOSED_NORMALLY = 1000;
const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;
const TRY_AGAIN_LATER = 1013;

export interface CallSessionParts {
  readonly call: Call;
  readonly agent: VoiceAgent;
  readonly media: MediaOutput;
  readonly recogniser: SpeechToText;
  readonly voice: TextToSpeech;
  readonly agentClient: AgentClient;
  readonly recorder: CallRecorder;
  /** Called when this media stream has claimed the call: no other stream carries it from now on. */
  readonly onClaimed: () => void;
  /** Called when the socket is closed; nothing follows. */
  readonly onClosed: () => void;
}

/**
 * One call, from its media socket's upgrade to its end:
 *
 *   caller's frames → CallRecogniser → TurnTaking → Replies (agent) → TurnTaking → CallVoice (pacing) → caller
 *
 * TurnTaking decides; the session passes it every event, and TurnActions does what it decides.
 */
export class CallSession extends MediaListener {
  readonly stream: HeldStream;
  readonly #logger = new Logger(CallSession.name);
  /** Aborted when the call is over, which ends all work of the session. */
  readonly #over = new AbortController();

  // The pipeline, in the order in which audio passes it.
  readonly #recogniser: CallRecogniser;
  readonly #turnTaking: TurnTaking;
  readonly #replies: Replies;
  readonly #voice: CallVoice;

  #ledger: TurnLedger | undefined;
  /** Absent until this media stream has claimed the call. */
  #actions: TurnActions | undefined;
  #streamNo = 0;
  #laneToken = '';
  #aliveAtMs = 0;
  #conversation: Pick<VoiceTurnEnd, 'conversationId' | 'contactId'> | undefined;
  #state: 'carrying' | 'fenced' | 'hanging-up' | 'over' = 'carrying';

  constructor(private readonly parts: CallSessionParts) {
    super();
    const { call, agent } = parts;
    this.stream = { callId: call.id, streamToken: randomUUID() };
    this.#recogniser = this.#newRecogniser();
    this.#turnTaking = new TurnTaking(turnPolicyOf(agent), (output, atMs) => this.#actions?.do(output, atMs));
    this.#replies = this.#newReplies();
    this.#voice = this.#newVoice();
    this.#over.signal.addEventListener('abort', () => this.#release(), { once: true });
  }

  /** Whether this media stream carries the call, or once did. */
  get hasClaimed(): boolean {
    return this.#streamNo > 0;
  }

  /** Returns the number of this media stream; a later claim of the call has a higher number. */
  get streamNo(): number {
    return this.#streamNo;
  }

  /** This media stream, and the heard part of its current turn. */
  get live(): LiveStream {
    const turn = this.#voice.currentText(performance.now());
    if (!turn || !this.#ledger) return { ...this.stream, heard: undefined };
    const { generation, heard, heardMs } = turn;
    const turnNo = this.#ledger.numberOf(turn.turnNo);
    return { ...this.stream, heard: { turnNo, generation, heardChars: heard.length, heardMs } };
  }

  // Events of the media socket.

  started(callSid: string): void {
    this.#start(callSid).catch((error: unknown) => {
      this.#logger.error(
        { err: error, callId: this.stream.callId },
        'Could not claim a call; its media socket is closed',
      );
      this.parts.media.hangUp(INTERNAL_ERROR, 'failed');
    });
  }

  audio(timestampMs: number, payload: string): boolean {
    return this.#state !== 'carrying' || this.#recogniser.frame(timestampMs, payload);
  }

  mark(name: string): void {
    if (this.#state === 'carrying') this.#voice.mark(name, performance.now());
  }

  /** Ignores keys: no agent uses them yet. */
  key(): void {}

  stopped(): void {
    if (this.#state === 'carrying') this.#end('caller');
  }

  closed(): void {
    if (this.#state === 'carrying') this.#end('socket');
    this.#over.abort();
    this.parts.onClosed();
  }

  // Events of the process.

  tick(nowMs: number): void {
    if (this.#state !== 'carrying') return;
    this.#recogniser.tick(nowMs);
    this.#voice.tick(nowMs);
    this.#turnTaking.tick(nowMs);
    if (this.#ledger && nowMs >= this.#aliveAtMs) {
      this.#aliveAtMs = nowMs + ALIVE_EVERY_MS;
      this.parts.agentClient.reportAlive(this.stream.callId, this.#laneToken);
    }
  }

  /**
   * Fences this session, because another media stream carries the call: the session ignores its input and plays nothing
   * more. Its socket stays open, because closing it might end `<Connect>` for both streams.
   */
  fence(): void {
    if (this.#state !== 'carrying') return;
    this.#state = 'fenced';
    this.#over.abort();
  }

  /** Closes the socket; Twilio goes on with the next verb. */
  leave(): void {
    if (this.#state === 'carrying') this.#end('socket');
    this.parts.media.hangUp(GOING_AWAY, 'leaving');
  }

  /** Ends the call, because this process stops and no other process can carry the call on. */
  stop(): void {
    if (this.#state === 'carrying') this.#end('process');
    this.parts.media.hangUp(GOING_AWAY, 'leaving');
  }

  #newRecogniser(): CallRecogniser {
    const { recogniser, agent } = this.parts;
    return new CallRecogniser(
      recogniser,
      { languages: languagesOf(agent) },
      {
        recognised: (event) => this.#handle(event),
        lost: (reason) => {
          this.#warn('A call lost its recogniser; another one is opened', reason);
          this.#handle({ kind: 'recogniser-lost' });
        },
        unavailable: () => this.#giveUp('recogniser-unavailable'),
      },
    );
  }

  #newReplies(): Replies {
    return new Replies(this.parts.agentClient, {
      reply: (event) => {
        if (event.kind === 'reply-text')
          this.#ledger?.recordMoment(event.turnNo, 'firstTokenMs', performance.now());
        this.#handle(event);
      },
      ended: (turnNo, end) => {
        this.#ledger?.acknowledge(end.ledgerMergedThrough);
        const { inputTokens = 0, outputTokens = 0 } = end.usage ?? {};
        this.#ledger?.addCounters(turnNo, { tokensUsed: inputTokens + outputTokens });
        void this.#recordConversation(end);
      },
      failed: (_turnNo, reason) => this.#warn('The agent did not answer a turn', reason),
    });
  }

  #newVoice(): CallVoice {
    const { voice, agent, media } = this.parts;
    return new CallVoice(voice, { voiceId: agent.voice.voiceId, languages: languagesOf(agent) }, media, {
      playback: (event) => this.#handle(event),
      moment: (turnNo, moment, atMs) => this.#ledger?.recordMoment(turnNo, moment, atMs),
      synthesised: (turnNo, characters) =>
        this.#ledger?.addCounters(turnNo, { charactersSynthesised: characters }),
      failed: (turnNo, reason) => {
        this.#warn('A call lost its voice in the middle of a reply', reason);
        this.#handle({ kind: 'reply-failed', turnNo });
      },
      unavailable: (reason) => {
        this.#warn('No voice is available for a call; the caller hears an apology', reason);
        this.#giveUp('voice-unavailable');
      },
    });
  }

  #handle(event: TurnEvent): void {
    if (this.#state === 'carrying' && this.#actions) this.#turnTaking.handle(event);
  }

  async #start(callSid: string): Promise<void> {
    const { call, agent, recorder, media, onClaimed } = this.parts;
    const claimed = await recorder.claim(call, callSid, this.stream);
    if (!claimed) return media.hangUp(POLICY_VIOLATION, 'not this call');
    this.#streamNo = claimed.streamNo;
    this.#laneToken = claimed.laneToken;
    onClaimed();
    const ledger = await recorder.ledgerOf(claimed, this.stream);
    if (this.#state !== 'carrying') return;
    this.#ledger = ledger;
    this.#actions = new TurnActions({
      call,
      agent,
      laneToken: claimed.laneToken,
      ledger,
      recogniser: this.#recogniser,
      replies: this.#replies,
      voice: this.#voice,
      hangUp: (reason) => this.#hangUp(reason),
      ignored: (output) => this.#logger.debug({ callId: call.id, ...output }, 'Turn-taking ignored an event'),
    });
    this.#handle({ kind: 'call-started', hasGreeting: claimed.lastTurnNo === 0 });
  }

  /** Stores the conversation that the end of a turn names, if the conversation has changed. */
  async #recordConversation({ conversationId, contactId }: VoiceTurnEnd): Promise<void> {
    const known = this.#conversation;
    if (conversationId === known?.conversationId && contactId === known.contactId) return;
    const conversation = { conversationId, contactId };
    if (await this.parts.recorder.setConversation(this.stream.callId, conversation))
      this.#conversation = conversation;
  }

  #hangUp(reason: HangUpReason): void {
    this.#state = 'hanging-up';
    const { call, recorder, media } = this.parts;
    recorder
      .hangUp(call, this.stream, END_REASONS[reason])
      .catch((error: unknown) => this.#warn('Could not ask Twilio to end a call', String(error)))
      .finally(() => {
        this.#over.abort();
        media.hangUp(CLOSED_NORMALLY, 'over');
      });
  }

  /** Gives up a call that cannot go on: closes the socket, and Twilio's next verb apologises to the caller. */
  #giveUp(reason: UnavailableReason): void {
    if (this.#state !== 'carrying' || !this.#ledger) return;
    this.#handle({ kind: 'call-ended', by: 'connection-lost' });
    this.#state = 'hanging-up';
    const { call, recorder, media } = this.parts;
    recorder
      .giveUp(call, this.stream, reason)
      .catch((error: unknown) => this.#warn('Could not store why a call was given up', String(error)))
      .finally(() => {
        this.#over.abort();
        media.hangUp(TRY_AGAIN_LATER, reason);
      });
  }

  /** Closes the session and records the current turn, because the caller, the network or this process ended the call. */
  #end(by: 'caller' | 'socket' | 'process'): void {
    this.#handle({ kind: 'call-ended', by: by === 'caller' ? 'hang-up' : 'connection-lost' });
    const wasCarrying = this.#state === 'carrying';
    this.#state = 'over';
    this.#over.abort();
    if (!wasCarrying) return;
    const { call, recorder } = this.parts;
    const recorded =
      by === 'socket'
        ? recorder.release(this.stream)
        : recorder.end(call, this.stream, by === 'caller' ? 'caller-hung-up' : 'connection-lost');
    recorded.catch((error: unknown) => this.#warn('Could not store the end of a call', String(error)));
  }

  #release(): void {
    this.#replies.cancelCurrent();
    this.#voice.closeVoice();
    this.#recogniser.close();
    const { count, ms } = this.#recogniser.gaps;
    if (count > 0)
      this.#warn(
        "Some of a caller's audio was missing and was replaced with silence",
        `${count} gaps, ${Math.round(ms)} ms`,
      );
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
