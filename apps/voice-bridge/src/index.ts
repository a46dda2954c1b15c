/** Lets a launcher check the voice-bridge's settings before it starts the voice-bridge. */
export { neededSpeechKeys, SPEECH_VARIABLES, voiceEnvOf } from './voice.env.js';
