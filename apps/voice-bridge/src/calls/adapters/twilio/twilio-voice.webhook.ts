import { Body, Controller, Header, HttpCode, Logger, Post, Query, UseGuards } from '@nestjs/common';
import { CallId } from '@parley/contracts';
import { assertNever, type CallId as Id } from '@parley/kernel';
import { retryWithin } from '@parley/resilience';
import { TwilioSignatureGuard } from '@parley/twilio';
import { z } from 'zod';
import { languageOfText, type VoiceAgent } from '../../../agents/voice-agent.js';
import { VoiceAgents } from '../../../agents/voice-agents.js';
import { AnswerCall } from '../../answer-call.js';
import type { IncomingCall } from '../../call.js';
import { HandleCallStatus } from '../../handle-call-status.js';
import { ResumeCall } from '../../resume-call.js';
import {
  endReasonOf,
  incomingCallOf,
  TwilioCallStatus,
  TwilioIncomingCall,
  TwilioStreamStatus,
} from './twilio-incoming-call.js';
import { VoiceUrls } from '../../voice-urls.js';
import { connectStreamTwiml, hangUpTwiml, sayAndHangUpTwiml } from './voice-twiml.js';

/** The caller hears ringing during this time. Twilio closes the request after 15 s. */
const ANSWER_WITHIN_MS = 5_000;
const XML = 'text/xml; charset=utf-8';

const VOICE_WEBHOOK_PATHS = ['/webhooks/twilio/voice', '/webhook/voice'];
const VOICE_RESUME_PATH = '/webhooks/twilio/voice/resume';
const CALL_STATUS_PATH = '/webhooks/twilio/voice/status';
const STREAM_STATUS_PATH = '/webhooks/twilio/voice/stream-status';

const ResumeQuery = z.object({ callId: CallId.optional() });
type ResumeQuery = { callId?: Id };

/**
 * Handles Twilio's webhooks of calls. If anything fails, the caller hears an apology instead of an error
 * tone.
 */
@Controller()
@UseGuards(TwilioSignatureGuard)
export class TwilioVoiceWebhook {
  readonly #logger = new Logger(TwilioVoiceWebhook.name);

  constructor(
    private readonly answerCall: AnswerCall,
    private readonly resumeCall: ResumeCall,
    private readonly handleCallStatus: HandleCallStatus,
    private readonly agents: VoiceAgents,
    private readonly urls: VoiceUrls,
  ) {}

  /** Answers an incoming call. */
  @Post(VOICE_WEBHOOK_PATHS)
  @HttpCode(200)
  @Header('content-type', XML)
  async answer(@Body({ schema: TwilioIncomingCall }) call: TwilioIncomingCall): Promise<string> {
    const incoming = incomingCallOf(call, new Date());
    return this.#orApology(incoming, async () => {
      const answer = await this.answerCall.execute(incoming);
      switch (answer.kind) {
        case 'stream':
          return this.#stream(answer);
        case 'busy':
          this.#logger.warn('Refused a call: all processes are full. Raise VOICE_MAX_CALLS or add a process');
          return busy(await this.agents.ofCall(answer.call));
        case 'hang-up':
          return hangUpTwiml();
        default:
          return assertNever(answer);
      }
    });
  }

  /** Answers Twilio when a call's media socket closed but the call goes on. */
  @Post(VOICE_RESUME_PATH)
  @HttpCode(200)
  @Header('content-type', XML)
  async resume(
    @Body({ schema: TwilioIncomingCall }) call: TwilioIncomingCall,
    @Query({ schema: ResumeQuery }) query: ResumeQuery,
  ): Promise<string> {
    return this.#orApology(incomingCallOf(call, new Date()), async () => {
      const how = await this.resumeCall.execute(call.CallSid);
      if (how.kind === 'hang-up') return hangUpTwiml();
      this.#logger.warn(
        { callId: query.callId },
        'A call lost its media socket; the caller hears an apology',
      );
      return apologyOf(await this.agents.ofCall(how.call));
    });
  }

  @Post(CALL_STATUS_PATH)
  @HttpCode(204)
  async status(@Body({ schema: TwilioCallStatus }) status: TwilioCallStatus): Promise<void> {
    const reason = endReasonOf(status.CallStatus);
    if (!reason) return;
    const call = { ...incomingCallOf(status, new Date()), isInbound: status.Direction === 'inbound' };
    await retryWithin(ANSWER_WITHIN_MS, () => this.handleCallStatus.execute(call, reason));
  }

  /** Only logs the report: the media socket itself shows when a stream starts and ends. */
  @Post(STREAM_STATUS_PATH)
  @HttpCode(204)
  streamStatus(@Body({ schema: TwilioStreamStatus }) status: TwilioStreamStatus): void {
    const { CallSid: callSid, StreamEvent: event, StreamError: error } = status;
    if (error) this.#logger.warn({ callSid, event, error }, 'Twilio reported an error of a media stream');
    else this.#logger.debug({ callSid, event }, 'Twilio reported the state of a media stream');
  }

  #stream({ callId, mediaToken }: { callId: Id; mediaToken: string }): string {
    return connectStreamTwiml({
      callId,
      streamUrl: this.urls.media(callId, mediaToken),
      streamStatusUrl: this.urls.at(STREAM_STATUS_PATH),
      resumeUrl: `${this.urls.at(VOICE_RESUME_PATH)}?callId=${callId}`,
    });
  }

  /** Answers with an apology if `work` fails, because Twilio plays an error tone after a 500. */
  async #orApology({ line }: IncomingCall, work: () => Promise<string>): Promise<string> {
    try {
      return await retryWithin(ANSWER_WITHIN_MS, work);
    } catch (error) {
      this.#logger.error({ err: error }, 'Could not answer a call; the caller hears an apology');
      return apologyOf(this.agents.lastOfLine(line));
    }
  }
}

const busy = (agent: VoiceAgent): string => inItsLanguage(agent, agent.voice.busy ?? agent.voice.apology);

const apologyOf = (agent: VoiceAgent): string => inItsLanguage(agent, agent.voice.apology);

const inItsLanguage = (agent: VoiceAgent, text: string): string =>
  sayAndHangUpTwiml(text, languageOfText(agent, text));
