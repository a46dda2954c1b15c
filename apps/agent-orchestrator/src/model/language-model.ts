import type { Prompt } from '@parley/dialogue';

/** Whatever speaks for an agent. */
export abstract class LanguageModel {
  /**
   * The reply to a prompt, as it is made. Ends early, without an error, when `signal` is aborted.
   * @throws RetryableError when the same call may succeed in a moment; any other error will not mend itself
   */
  abstract reply(prompt: Prompt, signal: AbortSignal): AsyncIterable<string>;
}
