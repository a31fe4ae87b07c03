/** Reads the bodies of requests, up to a limit. */

/** Joins chunks whose sizes add up to `size`. */
const join = (chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
};

/** Returns the bytes of a body, or `null` as soon as there are more than `maxBytes`; the rest is not read. */
export const readBytes = async (
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | null> => {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return join(chunks, size);
    size += value.byteLength;
    if (size > maxBytes) {
      // Not awaited: the response need not wait for a sender that does not stop.
      reader.cancel().catch(() => {});
      return null;
    }
    chunks.push(value);
  }
};
