import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { languagesOf, type VoiceAgent } from '../agents/voice-agent.js';
import { VoiceAgents } from '../agents/voice-agents.js';
import { SpeechToText } from '../speech-to-text/speech-to-text.js';
import { TextToSpeech } from '../text-to-speech/text-to-speech.js';

/** Logs a warning at start for each agent with a language that the recogniser or the voice does not know. */
@Injectable()
export class CheckLanguages implements OnApplicationBootstrap {
  readonly #logger = new Logger(CheckLanguages.name);

  constructor(
    private readonly agents: VoiceAgents,
    private readonly recogniser: SpeechToText,
    private readonly voice: TextToSpeech,
  ) {}

  onApplicationBootstrap(): void {
    this.agents.all().then(
      (agents) => agents.forEach((agent) => this.#check(agent)),
      (error: unknown) =>
        this.#logger.warn(
          { err: error },
          'Could not check whether the speech models know the agents’ languages',
        ),
    );
  }

  #check(agent: VoiceAgent): void {
    for (const warning of languageWarnings(agent, this.recogniser, this.voice)) {
      this.#logger.warn({ agentId: agent.agentId }, warning);
    }
  }
}

/** Returns the warnings about one agent, for the operator. */
export function languageWarnings(
  agent: VoiceAgent,
  recogniser: Pick<SpeechToText, 'understands' | 'modelSetting'>,
  voice: Pick<TextToSpeech, 'speaks' | 'modelSetting'>,
): string[] {
  const languages = languagesOf(agent);
  const unknown = languages.filter((language) => !recogniser.understands(language));
  const unspoken = languages.filter((language) => !voice.speaks(language));
  return [
    ...(unknown.length > 0
      ? [
          `An agent speaks ${unknown.join(', ')}, which the model in ${recogniser.modelSetting} does not understand`,
        ]
      : []),
    ...(unspoken.length > 0
      ? [`An agent speaks ${unspoken.join(', ')}, which the model in ${voice.modelSetting} does not speak`]
      : []),
  ];
}
