import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { VendorDelays } from './stage-messages.js';
import { agentSentences, firstPositionIn, positionOf } from './script.js';
import type { TurnFinder } from './measured-turn.js';

interface ChatRequest {
  messages: { role: string; content: string | { text?: string }[] }[];
}

/** Answers as an OpenAI-compatible model for the real agent-orchestrator: streams the scripted answer of each turn. */
export async function answerAsModel(
  request: IncomingMessage,
  response: ServerResponse,
  { modelFirstTokenMs, modelPerWordMs }: VendorDelays,
  turns: TurnFinder,
): Promise<void> {
  const askedMs = performance.now();
  const { messages } = (await json(request)) as ChatRequest;
  const said = lastTurnWords(messages);
  const position = firstPositionIn(said);
  const turn = position && turns.turn(position);
  if (!turn) return void response.writeHead(400).end();
  turn.askedMs ??= askedMs;
  turn.said ??= said;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (delta: object, finish: string | null = null): void => {
    const choices = [{ index: 0, delta, finish_reason: finish }];
    const chunk = {
      id: 'chatcmpl-bench',
      object: 'chat.completion.chunk',
      created: 0,
      model: 'bench',
      choices,
    };
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  };
  if (modelFirstTokenMs > 0) await delay(modelFirstTokenMs);
  for (const sentence of agentSentences(turn.call, turn.number)) {
    for (const word of sentence) {
      if (word === sentence.at(-1)) turn.sentenceSentMs ??= performance.now();
      send({ role: 'assistant', content: `${word} ` });
      if (modelPerWordMs > 0) await delay(modelPerWordMs);
    }
  }
  send({}, 'stop');
  response.end('data: [DONE]\n\n');
}

/** Returns the words of the last turn. A prompt can hold two turns in one message, if the first had no heard answer. */
function lastTurnWords(messages: ChatRequest['messages']): string {
  const newest = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  const text = typeof newest === 'string' ? newest : newest.map((part) => part.text ?? '').join('');
  const words = text.split(/\s+/).filter((word) => positionOf(word) !== undefined);
  const turn = positionOf(words.at(-1) ?? '')?.turn;
  return words.filter((word) => positionOf(word)?.turn === turn).join(' ');
}
