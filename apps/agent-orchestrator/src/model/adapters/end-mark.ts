import { AsyncLocalStorage } from 'node:async_hooks';

/** The longest answer that is read of a vendor, in bytes: many times what the most tokens take in any encoding. */
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;
const END_MARK = /data:\s*\[DONE\]\s*$/;
const END_MARK_BYTES = 64;

/** What is known of one answer's transport. */
export interface StreamEnd {
  /** Whether it came to its end mark, `data: [DONE]`: then nothing of it is missing. */
  hasEndMark: boolean;
}

const streamEnds = new AsyncLocalStorage<StreamEnd>();

/** Runs a call of the model whose `fetch` is `markingFetch`; `end` is filled in by the time its stream has ended. */
export function noting<T>(end: StreamEnd, call: () => T): T {
  return streamEnds.run(end, call);
}

/**
 * `fetch` that notes whether an event stream came to its end mark, which the SDK reads over, and breaks off an answer
 * without end.
 */
export const markingFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  const end = streamEnds.getStore();
  if (!end || !response.body) return response;
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(watch(end)), { status, statusText, headers });
};

function watch(end: StreamEnd): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let tail = '';
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.length;
      if (bytes > MAX_RESPONSE_BYTES)
        throw new Error(`the answer is longer than ${MAX_RESPONSE_BYTES} bytes`);
      tail = (tail + Buffer.from(chunk.subarray(-END_MARK_BYTES)).toString('latin1')).slice(-END_MARK_BYTES);
      controller.enqueue(chunk);
    },
    flush() {
      end.hasEndMark = END_MARK.test(tail);
    },
  });
}
