import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { assertNever, REASONING_TAGS } from '@parley/kernel';
import { extractReasoningMiddleware, wrapLanguageModel, type LanguageModel } from 'ai';
import { createDemoModel } from './demo/demo-model.js';
import { fetchRecordingEnd } from './end-mark.js';
import type { ModelSettings } from './model-settings.js';

type LanguageModelV4 = Extract<LanguageModel, { specificationVersion: 'v4' }>;

/** Creates the AI SDK's model for these settings and separates its reasoning from its answer. */
export function createModel(settings: ModelSettings): LanguageModelV4 {
  const middleware = REASONING_TAGS.map((tagName) => extractReasoningMiddleware({ tagName }));
  return wrapLanguageModel({ model: vendorsModel(settings), middleware });
}

/** Both OpenAI providers use `/chat/completions`, which other servers offer too. */
function vendorsModel({
  LLM_PROVIDER: provider,
  LLM_MODEL: model = '',
  LLM_API_KEY: apiKey,
  LLM_BASE_URL: baseURL,
}: ModelSettings): LanguageModelV4 {
  switch (provider) {
    case 'demo':
      return createDemoModel();
    case 'openai':
      return createOpenAI({
        fetch: fetchRecordingEnd,
        ...(apiKey && { apiKey }),
        ...(baseURL && { baseURL }),
      }).chat(model);
    case 'openai-compatible':
      return createOpenAICompatible({
        name: 'openai-compatible',
        fetch: fetchRecordingEnd,
        baseURL: baseURL ?? '',
        ...(apiKey && { apiKey }),
      }).chatModel(model);
    default:
      return assertNever(provider);
  }
}
