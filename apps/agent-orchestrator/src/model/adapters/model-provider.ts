import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { assertNever } from '@parley/kernel';
import type { LanguageModel } from 'ai';
import { createDemoModel } from './demo/demo-model.js';
import type { ModelSettings } from './model-settings.js';

/** The AI SDK's model for the settings. Both OpenAI forms speak `/chat/completions`, which stand-ins also offer. */
export function createModel(settings: ModelSettings): LanguageModel {
  const {
    LLM_PROVIDER: provider,
    LLM_MODEL: model = '',
    LLM_API_KEY: apiKey,
    LLM_BASE_URL: baseURL,
  } = settings;
  switch (provider) {
    case 'demo':
      return createDemoModel();
    case 'openai':
      return createOpenAI({ ...(apiKey && { apiKey }), ...(baseURL && { baseURL }) }).chat(model);
    case 'openai-compatible':
      return createOpenAICompatible({
        name: 'openai-compatible',
        baseURL: baseURL ?? '',
        ...(apiKey && { apiKey }),
      }).chatModel(model);
    default:
      return assertNever(provider);
  }
}
