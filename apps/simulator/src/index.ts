/** Parts of the stand-ins for programs that play callers and vendors themselves, because they measure. */
export { alignmentsFor, timedCharacters } from './elevenlabs/alignment.js';
export { FluxTurns, type TurnInfo } from './deepgram/flux-turns.js';
export {
  FRAME_BYTES,
  FRAME_MS,
  type HeardWord,
  SAMPLES_PER_MS,
  silence,
  speak,
  WordReader,
} from './speech/tone-modem.js';
export { signForm } from './twilio/signature.js';

export { MediaSocket } from './twilio/voice/media-socket.js';
