/** What a launcher needs to judge the voice bridge's settings before it starts the voice bridge. */
export { VoiceEnv } from './voice.env.js';
