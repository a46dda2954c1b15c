import { CreateVoice1767225700000 } from './1767225700000-create-voice.js';

/** The voice bridge's migrations, oldest first. */
export const migrations = [CreateVoice1767225700000];
