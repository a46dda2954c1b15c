import type { LanguageModel } from '../language-model.js';
import { AiSdkLanguageModel } from './ai-sdk-language-model.js';
import { createModel } from './model-provider.js';
import type { ModelSettings } from './model-settings.js';

/** Creates the model that the settings choose. */
export function languageModelFor(settings: ModelSettings): LanguageModel {
  return new AiSdkLanguageModel(createModel(settings));
}
