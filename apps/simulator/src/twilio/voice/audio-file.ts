import { TwimlError } from './twiml.js';

const MAX_AUDIO_BYTES = 8 * 1024 * 1024;
const TIMEOUT_MS = 10_000;
const FORMAT_MULAW = 7;

/** Downloads the audio of a `<Play>`: mulaw at 8 kHz, raw or as a WAV file. Throws {@link TwimlError}. */
export async function loadAudio(url: string): Promise<Uint8Array> {
  const fetched = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
    (error: Error) => error,
  );
  if (fetched instanceof Error || !fetched.ok) {
    const why = fetched instanceof Error ? fetched.message : String(fetched.status);
    throw new TwimlError(11200, `<Play> ${url}: ${why}`);
  }
  const bytes = new Uint8Array(await fetched.arrayBuffer());
  if (bytes.length > MAX_AUDIO_BYTES) throw new TwimlError(12300, `<Play> ${url}: the file is too large`);
  const type = fetched.headers.get('content-type')?.split(';')[0];
  if (type === 'audio/basic' || type === 'audio/x-mulaw') return bytes;
  if (type === 'audio/wav' || type === 'audio/x-wav' || type === 'audio/wave') return wavData(bytes, url);
  throw new TwimlError(12300, `<Play> ${url}: unsupported content type ${type ?? 'unknown'}`);
}

function wavData(bytes: Uint8Array, url: string): Uint8Array {
  const view = new DataView(bytes.buffer);
  let format: number | undefined;
  let rate: number | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = String.fromCharCode(...bytes.subarray(at, at + 4));
    const size = view.getUint32(at + 4, true);
    if (id === 'fmt ' && at + 16 <= bytes.length) {
      format = view.getUint16(at + 8, true);
      rate = view.getUint32(at + 12, true);
    }
    if (id === 'data' && format === FORMAT_MULAW && rate === 8_000)
      return bytes.subarray(at + 8, at + 8 + size);
    at += 8 + size + (size % 2);
  }
  throw new TwimlError(12300, `<Play> ${url}: the file is not mulaw at 8 kHz`);
}
