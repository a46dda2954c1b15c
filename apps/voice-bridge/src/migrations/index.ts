import { CreateVoice1767225700000 } from './1767225700000-create-voice.js';
import { ListCalls1767571200000 } from './1767571200000-list-calls.js';

/** The voice bridge's migrations, oldest first. */
export const migrations = [CreateVoice1767225700000, ListCalls1767571200000];
