import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { limits } from '../limits.js';
import { BoundedLog } from '../log/bounded-log.js';
import { ChatRequest, lastUserText, replyText, toolCallsOf, usageOf, type ToolCalls } from './chat.js';
import type { VoiceSettings } from '../voice-settings.js';
import type { ModelBehaviour, ModelScript } from './model-script.js';

/** A request to the model and its answer. */
export interface ModelRequest {
  readonly index: number;
  readonly at: string;
  readonly mode: ModelScript['mode'];
  readonly request: ChatRequest;
  /** `aborted`: the client disconnected before the end. */
  outcome: 'pending' | 'answered' | 'error' | 'died' | 'aborted';
  reply: string | null;
}

export class ModelRequestLog extends BoundedLog<ModelRequest> {
  constructor() {
    super(limits.modelRequests);
  }
}

const MODEL_ID = 'simulator';

function openAiError(status: number, message: string) {
  const type = status >= 500 ? 'server_error' : status === 429 ? 'rate_limit_error' : 'invalid_request_error';
  return { error: { message, type, param: null, code: null } };
}

/** Splits a text at white space into at most 200 pieces. */
function piecesOf(text: string): string[] {
  const words = text.match(/\s*\S+\s*$|\s*\S+|\s+$/g) ?? [];
  const perPiece = Math.max(1, Math.ceil(words.length / 200));
  return Array.from({ length: Math.ceil(words.length / perPiece) }, (_, i) =>
    words.slice(i * perPiece, (i + 1) * perPiece).join(''),
  );
}

/**
 * Routes under `/v1` of an OpenAI-compatible model; a key is neither required nor checked. The signal of `stopped` ends
 * delays and hanging requests at a reset or a stop.
 */
export function modelRoutes(
  behaviour: ModelBehaviour,
  log: ModelRequestLog,
  settings: VoiceSettings,
  stopped: () => AbortSignal,
) {
  async function answer(request: ChatRequest, script: ModelScript, entry: ModelRequest, reply: FastifyReply) {
    const finish = (outcome: ModelRequest['outcome'], text: string | null = null) => {
      entry.outcome = outcome;
      entry.reply = text;
      log.changed();
    };
    const disconnected = new AbortController();
    reply.raw.once('close', () => {
      if (entry.outcome === 'pending') finish('aborted');
      disconnected.abort();
    });
    const { firstTokenMs, perPieceMs } = settings.model;
    const pause = async (ms: number): Promise<void> => {
      if (ms === 0) return;
      const signal = AbortSignal.any([disconnected.signal, stopped()]);
      await delay(ms, undefined, { signal }).catch(() => {});
    };
    await pause(script.mode === 'hang' ? limits.hangMs : script.delayMs + firstTokenMs);
    if (disconnected.signal.aborted) return reply.hijack();
    if (script.mode === 'hang') {
      finish('died');
      return drop(reply);
    }
    if (script.mode === 'error') {
      finish('error');
      return reply.code(script.status).send(openAiError(script.status, 'The model failed, as scripted'));
    }
    const text = replyText(request, script);
    const toolCalls = toolCallsOf(script);
    const head = {
      id: `chatcmpl-${randomUUID()}`,
      created: Math.floor(Date.now() / 1000),
      model: request.model,
    };
    if (request.stream) {
      return streamReply(request, script, head, { text, toolCalls }, finish, reply, () => pause(perPieceMs));
    }
    if (script.mode === 'die-midstream') {
      reply.hijack();
      reply.raw.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
      reply.raw.write('{"id":', () => reply.raw.destroy());
      finish('died');
      return reply;
    }
    finish('answered', text);
    const called = toolCalls.length > 0;
    const message = {
      role: 'assistant',
      content: called && text === '' ? null : text,
      refusal: null,
      ...(called && { tool_calls: toolCalls }),
    };
    return reply.send({
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message, logprobs: null, finish_reason: called ? 'tool_calls' : 'stop' }],
      usage: usageOf(request, text),
    });
  }

  return async function routes(app: FastifyInstance): Promise<void> {
    app.setErrorHandler<FastifyError>((error, _request, reply) => {
      const status = error.statusCode ?? 500;
      if (status >= 500) console.error(error);
      return reply.code(status).send(openAiError(status, error.message));
    });
    app.setNotFoundHandler((request, reply) =>
      reply.code(404).send(openAiError(404, `Unknown request URL: ${request.method} ${request.url}`)),
    );
    app.get('/models', async () => ({
      object: 'list',
      data: [{ id: MODEL_ID, object: 'model', created: 0, owned_by: 'parley' }],
    }));
    app.post('/chat/completions', async (http: FastifyRequest, reply) => {
      const parsed = ChatRequest.safeParse(http.body);
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        return reply
          .code(400)
          .send(openAiError(400, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`));
      }
      const script = behaviour.take(lastUserText(parsed.data.messages));
      const entry = log.append<ModelRequest>((index) => ({
        index,
        at: new Date().toISOString(),
        mode: script.mode,
        request: parsed.data,
        outcome: 'pending',
        reply: null,
      }));
      return answer(parsed.data, script, entry, reply);
    });
  };
}

function drop(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.destroy();
  return reply;
}

/** Sends the reply as server-sent events: role, words, tool calls, finish reason, usage if requested, `[DONE]`. */
async function streamReply(
  request: ChatRequest,
  script: ModelScript,
  head: { id: string; created: number; model: string },
  { text, toolCalls }: { text: string; toolCalls: ToolCalls },
  finish: (outcome: ModelRequest['outcome'], text: string | null) => void,
  reply: FastifyReply,
  /** Awaited before each piece. */
  pause: () => Promise<void>,
): Promise<FastifyReply> {
  const withUsage = Boolean(request.stream_options?.include_usage);
  const event = (choices: unknown[], usage: unknown = null) =>
    `data: ${JSON.stringify({
      ...head,
      object: 'chat.completion.chunk',
      choices,
      ...(withUsage ? { usage } : {}),
    })}\n\n`;
  const delta = (content: object, finishReason: string | null = null) =>
    event([{ index: 0, delta: content, logprobs: null, finish_reason: finishReason }]);

  const pieces = piecesOf(text);
  const doomed = script.mode === 'die-midstream';
  const sent = doomed ? pieces.slice(0, Math.ceil(pieces.length / 2)) : pieces;
  reply.hijack();
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  reply.raw.write(delta({ role: 'assistant', content: '' }));
  for (const piece of sent) {
    await pause();
    if (reply.raw.destroyed) return reply;
    reply.raw.write(delta({ content: piece }));
  }
  if (doomed) {
    finish('died', sent.join(''));
    reply.raw.write(': the connection ends here\n\n', () => reply.raw.destroy());
    return reply;
  }
  for (const [index, { id, type, function: called }] of toolCalls.entries()) {
    const half = Math.ceil(called.arguments.length / 2);
    const begun = { index, id, type, function: { name: called.name, arguments: '' } };
    reply.raw.write(delta({ tool_calls: [begun] }));
    for (const piece of [called.arguments.slice(0, half), called.arguments.slice(half)]) {
      await pause();
      if (reply.raw.destroyed) return reply;
      reply.raw.write(delta({ tool_calls: [{ index, function: { arguments: piece } }] }));
    }
  }
  finish('answered', text);
  reply.raw.write(delta({}, toolCalls.length > 0 ? 'tool_calls' : 'stop'));
  if (withUsage) reply.raw.write(event([], usageOf(request, text)));
  reply.raw.end('data: [DONE]\n\n');
  return reply;
}
