import { AsyncLocalStorage } from 'node:async_hooks';
import { contactTexts, type Prompt } from '@parley/dialogue';
import { LanguageModel, type ReplyPart } from '../model/language-model.js';

/** An answer of a scripted model: words, or words and tool calls. */
export type ScriptedAnswer = string | { text?: string; calls: { tool: string; input: unknown }[] };

/** The person's texts in a prompt. */
export function textsIn({ messages, marks }: Prompt): string[] {
  return messages.flatMap(({ role, text }) => (role === 'user' ? contactTexts(text, marks) : []));
}

/** Answers with a spec's function and records the prompts. */
export class ScriptedModel extends LanguageModel {
  readonly prompts: Prompt[] = [];

  constructor(private readonly script: (prompt: Prompt, signal: AbortSignal) => Promise<ScriptedAnswer>) {
    super();
  }

  async *reply(prompt: Prompt, signal: AbortSignal): AsyncIterable<ReplyPart> {
    this.prompts.push(prompt);
    const said = await this.script(prompt, signal);
    const { text = '', calls } = typeof said === 'string' ? { text: said, calls: [] } : said;
    if (text !== '') yield { kind: 'text', text };
    for (const [index, call] of calls.entries()) {
      yield { kind: 'tool-call', call: { id: `call-${this.prompts.length}-${index}`, ...call } };
    }
  }
}

/** The model of a running service. `answeringWith` chooses another model for one piece of work. */
export class ModelPerTest extends LanguageModel {
  readonly #models = new AsyncLocalStorage<LanguageModel>();

  /** `model` answers all requests that `work` causes. */
  answeringWith<T>(model: LanguageModel, work: () => T): T {
    return this.#models.run(model, work);
  }

  reply(...args: Parameters<LanguageModel['reply']>): AsyncIterable<ReplyPart> {
    const model = this.#models.getStore();
    if (!model) throw new Error('no model was set for this piece of work');
    return model.reply(...args);
  }
}
