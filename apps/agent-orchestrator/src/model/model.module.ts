import { Module, type DynamicModule } from '@nestjs/common';
import { AiSdkLanguageModel } from './adapters/ai-sdk-language-model.js';
import { createModel } from './adapters/model-provider.js';
import type { ModelSettings } from './adapters/model-settings.js';
import { LanguageModel } from './language-model.js';

/** Prompt → text, by the model that the environment names. */
@Module({})
export class ModelModule {
  static with(settings: ModelSettings): DynamicModule {
    return {
      module: ModelModule,
      global: true,
      providers: [
        { provide: LanguageModel, useFactory: () => new AiSdkLanguageModel(createModel(settings)) },
      ],
      exports: [LanguageModel],
    };
  }
}
