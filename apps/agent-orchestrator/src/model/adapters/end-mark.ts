import { AsyncLocalStorage } from 'node:async_hooks';

/** The longest response that is read, far longer than a model may write. */
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;
const END_MARK = /data:\s*\[DONE\]\s*$/;
const END_MARK_BYTES = 64;

/** How the transport of one answer ended. */
export interface StreamEnd {
  /** Whether the end mark, `data: [DONE]`, arrived. It shows that the answer is complete. */
  hasEndMark: boolean;
}

const streamEnds = new AsyncLocalStorage<StreamEnd>();

/** Makes `fetchRecordingEnd` record in `end` how the response to a request within `call` ended. */
export function withStreamEnd<T>(end: StreamEnd, call: () => T): T {
  return streamEnds.run(end, call);
}

/**
 * `fetch` that records whether an event stream reached its end mark, which the SDK ignores, and stops reading
 * a response that is too long.
 */
export const fetchRecordingEnd: typeof fetch = async (input, init) => {
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
        throw new Error(`The model's response was cut because it is longer than ${MAX_RESPONSE_BYTES} bytes`);
      tail = (tail + Buffer.from(chunk.subarray(-END_MARK_BYTES)).toString('latin1')).slice(-END_MARK_BYTES);
      controller.enqueue(chunk);
    },
    flush() {
      end.hasEndMark = END_MARK.test(tail);
    },
  });
}
