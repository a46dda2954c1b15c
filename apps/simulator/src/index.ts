/** Parts of the stand-ins for programs that play callers and vendors themselves, because they measure. */
export { alignmentsFor, timedCharacters } from './elevenlabs/alignment.js';
export { FluxTurns, type TurnInfo } from './deepgram/flux-turns.js';
export { FRAME_BYTES, FRAME_MS, SAMPLES_PER_MS, silence, speak } from './speech/tone-modem.js';
export { signForm } from './twilio/signature.js';
export { Ear } from './twilio/voice/ear.js';
export { MediaSocket } from './twilio/voice/media-socket.js';
