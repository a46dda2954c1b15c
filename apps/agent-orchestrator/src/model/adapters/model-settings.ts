import { urlVariable } from '@parley/service-kit/env';
import { z } from 'zod';

/** The settings of the model. The provider `demo` needs no other setting. */
export const modelEnv = {
  LLM_PROVIDER: z
    .enum(['demo', 'openai', 'openai-compatible'], {
      error: 'must be one of demo, openai, openai-compatible',
    })
    .default('demo'),
  LLM_MODEL: z.string().optional(),
  LLM_API_KEY: z.string().optional(),
  LLM_BASE_URL: urlVariable('http', 'https').optional(),
};

export type ModelSettings = z.output<z.ZodObject<typeof modelEnv>>;

const REQUIRED: Readonly<Record<ModelSettings['LLM_PROVIDER'], readonly (keyof ModelSettings)[]>> = {
  demo: [],
  openai: ['LLM_MODEL', 'LLM_API_KEY'],
  'openai-compatible': ['LLM_MODEL', 'LLM_BASE_URL'],
};

/** Returns the variables that a provider needs: none for an unknown provider, which another rule reports. */
function requiredBy(provider: ModelSettings['LLM_PROVIDER'] = 'demo'): readonly (keyof ModelSettings)[] {
  return Object.hasOwn(REQUIRED, provider) ? REQUIRED[provider] : [];
}

/** Adds a check that reports all missing variables of the chosen provider, together with other mistakes. */
export function requireModelSettings<S extends z.ZodObject<typeof modelEnv>>(schema: S) {
  return schema.check(
    ...(['LLM_MODEL', 'LLM_API_KEY', 'LLM_BASE_URL'] as const).map((variable) =>
      z.refine<Partial<ModelSettings>>(
        (settings) =>
          settings[variable] !== undefined || !requiredBy(settings.LLM_PROVIDER).includes(variable),
        {
          path: [variable],
          error: 'is missing: the chosen LLM_PROVIDER needs it',
          when: () => true,
        },
      ),
    ),
  );
}
