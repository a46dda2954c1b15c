import type { Mutation } from './mutation.js';
import { calls } from './areas/calls.js';
import { outbox } from './areas/outbox.js';
import { playback } from './areas/playback.js';
import { security } from './areas/security.js';
import { sends } from './areas/sends.js';
import { texts } from './areas/texts.js';

/** The mutations by area: where a broken line does most harm. */
export const AREAS: Readonly<Record<string, readonly Mutation[]>> = {
  texts,
  sends,
  outbox,
  calls,
  playback,
  security,
};
