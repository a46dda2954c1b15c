import type { Prompt } from '@parley/dialogue';
import { LanguageModel } from '../model/language-model.js';

/** Answers by a script, and remembers what it was asked. */
export class ScriptedModel extends LanguageModel {
  readonly prompts: Prompt[] = [];

  constructor(private readonly script: (prompt: Prompt, signal: AbortSignal) => Promise<string>) {
    super();
  }

  async *reply(prompt: Prompt, signal: AbortSignal): AsyncIterable<string> {
    this.prompts.push(prompt);
    yield await this.script(prompt, signal);
  }
}
