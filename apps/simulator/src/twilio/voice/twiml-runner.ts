import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '../../limits.js';
import { noiseAudio, SAMPLES_PER_MS, silentAudio, encodeSpeech } from '../../speech/tone-modem.js';
import type { VoiceSettings } from '../../voice-settings.js';
import type { TwilioAccount } from '../account.js';
import { newIdempotencyToken, newSid } from '../ids.js';
import { signForm } from '../signature.js';
import type { WebhookClient } from '../webhook-client.js';
import { loadAudio } from './audio-file.js';
import type { Call } from './call.js';
import { callParams } from './call-params.js';
import type { CallReports } from './call-reports.js';
import type { Callees } from './callees.js';
import { gatherInput, gatherRules } from './gather.js';
import { MediaStream } from './media-stream.js';
import { parseTwiml, TwimlError, type TwimlNode } from './twiml.js';

/** A TwiML document or its URL. `failure` is set when fetching the document has failed. */
export type TwimlSource =
  | { readonly twiml: string; readonly url?: string; readonly failure?: TwimlError }
  | {
      readonly url: string;
      readonly fallbackUrl?: string | undefined;
      readonly purpose: string;
      readonly params?: Readonly<Record<string, string>>;
    };

type Next = { readonly go: TwimlSource } | 'hang-up' | 'reject' | undefined;

export interface RunnerDependencies {
  readonly account: TwilioAccount;
  readonly webhooks: WebhookClient;
  readonly reports: CallReports;
  readonly settings: VoiceSettings;
  readonly callees: Callees;
  readonly answer: (call: Call) => void;
}

/** Spoken to the caller when a document is invalid or cannot be fetched. */
const APPLICATION_ERROR = 'An application error has occurred. Goodbye!';
const KEY_MS = 200;

/** Runs TwiML verb by verb, as Twilio does. */
export class TwimlRunner {
  constructor(private readonly parts: RunnerDependencies) {}

  /** Fetches a document. Relative URLs in it are resolved against the returned `url`. */
  async fetch(
    call: Call,
    source: Exclude<TwimlSource, { twiml: string }>,
  ): Promise<Extract<TwimlSource, { twiml: string }>> {
    const delivery = await this.parts.webhooks.post({
      kind: 'webhook.voice',
      url: source.url,
      ...(source.fallbackUrl === undefined ? {} : { fallbackUrl: source.fallbackUrl }),
      callSid: call.sid,
      params: { ...callParams(call, this.parts.account.sid), ...source.params },
      idempotencyToken: newIdempotencyToken(),
      signed: call.details.signed,
    });
    const { status, body } = delivery;
    call.logEvent('webhook', { purpose: source.purpose, url: source.url, status, twiml: body });
    if (status === null || status < 200 || status > 299) {
      const failure = new TwimlError(
        11200,
        `${source.url} returned ${status === null ? 'no answer' : `status ${status}`}`,
      );
      return { twiml: '', failure };
    }
    return { twiml: body ?? '', url: delivery.attempts.at(-1)?.url ?? source.url };
  }

  /** Runs TwiML to its end. Returns the final status of the call, or null after an abort. */
  async run(call: Call, first: TwimlSource, signal: AbortSignal): Promise<'completed' | 'busy' | null> {
    let source: TwimlSource | undefined = first;
    try {
      while (source && !signal.aborted) {
        const document: Extract<TwimlSource, { twiml: string }> =
          'twiml' in source ? source : await this.fetch(call, source);
        if (signal.aborted) return null;
        if (document.failure) throw document.failure;
        const next: Next = await this.runVerbs(call, parseTwiml(document.twiml), document.url, signal);
        if (next === 'reject') return 'busy';
        source = typeof next === 'object' ? next.go : undefined;
      }
    } catch (error) {
      if (!(error instanceof TwimlError)) throw error;
      if (signal.aborted) return null;
      call.logEvent('verb', { verb: 'error', attributes: { code: error.code, message: error.message } });
      this.parts.answer(call);
      await this.say(call, APPLICATION_ERROR, signal);
    }
    return signal.aborted ? null : 'completed';
  }

  private async runVerbs(
    call: Call,
    verbs: readonly TwimlNode[],
    documentUrl: string | undefined,
    signal: AbortSignal,
  ): Promise<Next> {
    for (const verb of verbs) {
      call.verbs += 1;
      if (call.verbs > limits.verbsPerCall)
        throw new TwimlError(12200, `The call has run more than ${limits.verbsPerCall} verbs`);
      call.logEvent('verb', { verb: verb.name, attributes: verb.attributes });
      if (verb.name !== 'Reject') this.parts.answer(call);
      const next = await this.runVerb(call, verb, documentUrl, signal);
      if (next !== undefined || signal.aborted) return next;
    }
    return undefined;
  }

  private async runVerb(
    call: Call,
    verb: TwimlNode,
    documentUrl: string | undefined,
    signal: AbortSignal,
  ): Promise<Next> {
    switch (verb.name) {
      case 'Connect':
        return this.connect(call, verb, documentUrl, signal);
      case 'Gather':
        return this.gather(call, verb, documentUrl, signal);
      case 'Dial':
        return this.dial(call, verb, documentUrl, signal);
      case 'Redirect':
        return { go: { url: resolveUrl(verb.text, documentUrl), purpose: 'redirect' } };
      case 'Hangup':
        return 'hang-up';
      case 'Reject':
        return 'reject';
      default:
        await this.play(call, verb, signal);
        return undefined;
    }
  }

  /** Runs Say, Play or Pause; Gather may contain these. */
  private async play(call: Call, verb: TwimlNode, signal: AbortSignal): Promise<void> {
    const { attributes } = verb;
    switch (verb.name) {
      case 'Say': {
        const times = Math.min(100, Number(attributes['loop'] ?? 1) || 1);
        for (let i = 0; i < times && !signal.aborted; i += 1) await this.say(call, verb.text, signal);
        return;
      }
      case 'Play': {
        const { digits } = attributes;
        if (digits !== undefined) {
          call.logEvent('digits-played', { digits });
          return this.playAudio(call, keyTones(digits), signal);
        }
        return this.playAudio(call, await loadAudio(verb.text), signal);
      }
      case 'Pause':
        await delay(Number(attributes['length'] ?? 1) * 1_000, undefined, { signal }).catch(() => {});
        return;
      default:
        throw new TwimlError(12200, `<${verb.name}> is not supported here`);
    }
  }

  private say(call: Call, text: string, signal: AbortSignal): Promise<void> {
    return this.playAudio(call, encodeSpeech(text, call.details.pace).audio, signal);
  }

  /** Plays Twilio's own audio to the caller; resolves when the audio has been played. */
  private playAudio(call: Call, audio: Uint8Array, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        signal.removeEventListener('abort', aborted);
        resolve();
      };
      const aborted = () => {
        call.dropAudio();
        finish();
      };
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', aborted);
      call.playback.enqueue(audio);
      call.playback.mark(finish);
    });
  }

  private async connect(
    call: Call,
    verb: TwimlNode,
    documentUrl: string | undefined,
    signal: AbortSignal,
  ): Promise<Next> {
    const [noun] = verb.children;
    if (noun?.name !== 'Stream') throw new TwimlError(12200, '<Connect> needs a <Stream>');
    const url = streamUrl(noun.attributes['url'] ?? '');
    const parameters = Object.fromEntries(
      noun.children
        .filter((child) => child.name === 'Parameter')
        .map(({ attributes }) => [attributes['name'] ?? '', attributes['value'] ?? '']),
    );
    const callback = noun.attributes['statusCallback'];
    const { account, reports, settings } = this.parts;
    const stream = new MediaStream(
      call,
      () => ({
        url,
        signature: call.details.signed ? signForm(account.authToken, url, {}) : null,
        accountSid: account.sid,
        callSid: call.sid,
        streamSid: newSid('MZ'),
        parameters,
        streamSidFirst: call.details.streamSidFirst,
      }),
      (streamSid, event, code?: number) => {
        if (callback)
          reports.postStreamEvent(call, resolveUrl(callback, documentUrl), streamSid, event, code);
      },
    );
    call.streams.push(stream);
    const stop = () => stream.stop();
    signal.addEventListener('abort', stop);
    const end = await stream.ended;
    signal.removeEventListener('abort', stop);
    if (signal.aborted) return undefined;
    const failedHandshake = call.details.failedHandshake ?? settings.twilio.failedHandshake;
    if (end.kind === 'failed' && failedHandshake === 'hang-up') return 'hang-up';
    const { action } = verb.attributes;
    if (action === undefined) return undefined;
    return { go: { url: resolveUrl(action, documentUrl), purpose: 'action' } };
  }

  private async gather(
    call: Call,
    verb: TwimlNode,
    documentUrl: string | undefined,
    signal: AbortSignal,
  ): Promise<Next> {
    const prompt = new AbortController();
    const bargeIn = verb.attributes['bargeIn'] !== 'false';
    const promptOver = (async () => {
      const either = AbortSignal.any([signal, prompt.signal]);
      for (const child of verb.children) if (!either.aborted) await this.play(call, child, either);
    })();
    const gathered = await gatherInput(call, gatherRules(verb), promptOver, signal, () => {
      if (bargeIn) prompt.abort();
    });
    prompt.abort();
    await promptOver;
    if (signal.aborted) return undefined;
    if (gathered === null && verb.attributes['actionOnEmptyResult'] !== 'true') return undefined;
    const { speech = null, digits = null } = gathered ?? {};
    call.logEvent('gathered', { speech, digits });
    const params: Record<string, string> = {};
    if (speech !== null) Object.assign(params, { SpeechResult: speech, Confidence: '0.95' });
    if (digits !== null) Object.assign(params, { Digits: digits });
    const action = resolveUrl(verb.attributes['action'] ?? '', documentUrl);
    return { go: { url: action, purpose: 'action', params } };
  }

  private async dial(
    call: Call,
    verb: TwimlNode,
    documentUrl: string | undefined,
    signal: AbortSignal,
  ): Promise<Next> {
    const number = verb.children.find((child) => child.name === 'Number')?.text ?? verb.text;
    const callee = this.parts.callees.take(number);
    const startedAt = Date.now();
    await delay(callee.afterMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return undefined;
    if (callee.answer === 'answers') {
      if (callee.says !== undefined) await this.say(call, callee.says, signal);
      await delay(callee.hangsUpAfterMs ?? limits.hangMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return undefined;
    }
    const status = callee.answer === 'answers' ? 'completed' : callee.answer;
    call.logEvent('dialled', { number, status });
    const { action } = verb.attributes;
    if (action === undefined) return undefined;
    const params = {
      DialCallSid: newSid('CA'),
      DialCallStatus: status,
      DialCallDuration: String(Math.ceil((Date.now() - startedAt) / 1_000)),
    };
    return { go: { url: resolveUrl(action, documentUrl), purpose: 'action', params } };
  }
}

/** Resolves a URL against the URL of its document. Throws {@link TwimlError}. */
function resolveUrl(url: string, documentUrl: string | undefined): string {
  if (/^https?:\/\//i.test(url)) return url;
  if (documentUrl === undefined || !URL.canParse(url, documentUrl)) {
    throw new TwimlError(11200, `The URL is not absolute: ${url}`);
  }
  return new URL(url, documentUrl).href;
}

/** Returns a stream's URL without its query. Only `wss` is allowed, and `ws` for localhost. Throws {@link TwimlError}. */
function streamUrl(url: string): string {
  const given = URL.canParse(url) ? new URL(url) : undefined;
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(given?.hostname ?? '');
  if (given?.protocol !== 'wss:' && !(given?.protocol === 'ws:' && isLocal)) {
    throw new TwimlError(12100, `<Stream> needs a wss URL, not ${url}`);
  }
  return url.replace(/[?#].*$/s, '');
}

/** Plays keys as noise: a stream does not receive digits that Twilio plays. */
function keyTones(digits: string): Uint8Array {
  const samples = KEY_MS * SAMPLES_PER_MS;
  return Uint8Array.from(
    Buffer.concat(Array.from(digits).flatMap(() => [noiseAudio(samples / 2, 3), silentAudio(samples / 2)])),
  );
}
