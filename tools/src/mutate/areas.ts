import type { Mutation } from './mutation.js';
import { callMutations } from './areas/calls.js';
import { outboxMutations } from './areas/outbox.js';
import { playbackMutations } from './areas/playback.js';
import { securityMutations } from './areas/security.js';
import { sendMutations } from './areas/sends.js';
import { textMutations } from './areas/texts.js';
import { webChatMutations } from './areas/web-chat.js';
import { verificationMutations } from './areas/verification.js';

/** The mutations by area. The areas are those in which a broken line does most harm. */
export const AREAS: Readonly<Record<string, readonly Mutation[]>> = {
  texts: textMutations,
  sends: sendMutations,
  outbox: outboxMutations,
  calls: callMutations,
  playback: playbackMutations,
  security: securityMutations,
  'web-chat': webChatMutations,
  verification: verificationMutations,
};
