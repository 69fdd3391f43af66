import { deserialize, serialize } from 'node:v8';
import { Encoder, type Decoder, type Encoded } from './codec.ts';
import { sourceOf, type Source } from './codec-reader.ts';
import type { Body, Message } from './frames.ts';
import { SerializationError } from '../errors.ts';
import { show } from '../show.ts';
import { findRefused, serializationError } from './unclonable.ts';

/**
 * Values in messages between processes. What the codec leaves to structured clone is written by V8's own serializer
 * here, which takes less: nothing can be moved or shared between processes.
 */

/** One for this thread. Large buffers among the other bytes: there is no way around the pipe. */
const encoder = new Encoder({ inlineBuffers: true });
const jobEncoder = new Encoder({ inlineBuffers: true, callbacks: true });

/** Memory that was read last: many messages come in one piece. */
let source: Source | undefined;

/**
 * Encodes one value. The bytes change with the next message.
 * @throws SerializationError naming the place of what cannot be sent; `root` is what it calls the value.
 */
export function encodeValue(value: unknown, root: string): Body {
  return withAttached(encoder.encode(value, root), value, root);
}

/**
 * The same for a list made by us: what goes out with a job. There may be callbacks in it.
 * @param items how many of the values, from the first on, must not share anything with each other.
 * @throws SerializationError
 */
export function encodeValues(values: readonly unknown[], root: string, items = 0): Body {
  return withAttached(jobEncoder.encodeList(values, root, undefined, items), values, root);
}

/** What stands for functions of this side in the list encoded last. */
export function encodedCallbacks(): readonly object[] | undefined {
  return jobEncoder.takeCallbacks();
}

/** The same for something thrown. Never throws. */
export function encodeFailure(thrown: unknown): Body {
  try {
    return withAttached(encoder.encodeThrown(thrown), thrown, 'the error');
  } catch (error) {
    // Something in it that only threads can share. A failure must arrive whatever it holds.
    return { ...encoder.encodeThrown(error), attached: undefined };
  }
}

/** A copy that stays valid while other messages are encoded. */
export function keepBody({ bytes, length, attached }: Body): Body {
  const copy = Buffer.allocUnsafe(length);
  copy.set(bytes.subarray(0, length));
  return { bytes: copy, length, attached };
}

/** A list that was encoded here, once more. */
export function decodeBody(decoder: Decoder, { bytes, attached }: Body): unknown[] {
  return decoder.decodeList(sourceOf(bytes), 0, attached && (deserialize(attached) as unknown[]));
}

export function decodeValue(decoder: Decoder, message: Message): unknown {
  return decoder.decode(sourceFor(message), message.value, attachments(message));
}

export function decodeValues(decoder: Decoder, message: Message): unknown[] {
  return decoder.decodeList(sourceFor(message), message.value, attachments(message));
}

function withAttached({ bytes, length, attachments }: Encoded, value: unknown, root: string): Body {
  if (attachments === undefined) return { bytes, length, attached: undefined };
  try {
    return { bytes, length, attached: serialize(attachments) };
  } catch (error) {
    throw refusal(attachments, value, root, error);
  }
}

/** What threads can share or move, and processes cannot: where it sits. */
function refusal(attached: readonly unknown[], value: unknown, root: string, cause: unknown): SerializationError {
  const found = findRefused(value, root, (part) => (attached.includes(part) ? show(part) : undefined));
  if (found === undefined) return serializationError(value, root, cause);
  const { path, reason } = found;
  return new SerializationError(path, `${path} is ${reason} and cannot be sent to another process: send a copy.`, {
    cause,
  });
}

function attachments({ bytes, attached, value }: Message): readonly unknown[] | undefined {
  return attached === value ? undefined : (deserialize(bytes.subarray(attached, value)) as unknown[]);
}

function sourceFor({ bytes }: Message): Source {
  const seen = source?.bytes;
  const isSeen = seen?.buffer === bytes.buffer && seen.byteOffset === bytes.byteOffset && seen.length === bytes.length;
  if (source === undefined || !isSeen) source = sourceOf(bytes);
  return source;
}
