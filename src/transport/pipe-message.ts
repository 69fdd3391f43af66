import { deserialize, serialize } from 'node:v8';
import type { Encoded } from './codec.ts';
import { sourceOf, type Source } from './codec-reader.ts';
import type { FrameWriter } from './frames.ts';
import { serializationError } from './unclonable.ts';

/**
 * A message between processes as one frame: 16 bytes of head, the attachments if there are any, the encoded value.
 *
 * | byte | | |
 * |---|---|---|
 * | 0 | ticket | u32 |
 * | 4 | target | u32 |
 * | 8 | kind, flags | u8, u8, then two unused |
 * | 12 | bytes of attachments | u32 |
 */
const HEAD_BYTES = 16;
const NOTHING = new Uint8Array(0);

/** A message that arrived; the value is at `position` of `source`, for `Decoder`. */
export interface PipeMessage {
  readonly ticket: number;
  readonly target: number;
  readonly kind: number;
  readonly flags: number;
  readonly source: Source;
  readonly position: number;
  readonly attachments: readonly unknown[] | undefined;
}

/**
 * Sends a message. Encode it with `new Encoder({ inlineBuffers: true })`: nothing can be moved or shared between processes.
 * @throws SerializationError when an attachment only works within one process. `values` and `root` are for its path.
 */
export function sendMessage(
  writer: FrameWriter,
  head: { readonly ticket: number; readonly target: number; readonly kind: number; readonly flags: number },
  message: Encoded,
  values: unknown,
  root: string,
): void {
  let attached: Uint8Array = NOTHING;
  if (message.attachments !== undefined) {
    try {
      attached = serialize(message.attachments);
    } catch (error) {
      throw serializationError(values, root, error);
    }
  }
  const bytes = Buffer.allocUnsafe(HEAD_BYTES);
  bytes.writeUInt32LE(head.ticket, 0);
  bytes.writeUInt32LE(head.target, 4);
  bytes.writeUInt32LE(head.kind | (head.flags << 8), 8);
  bytes.writeUInt32LE(attached.byteLength, 12);
  writer.send(bytes, attached, message.bytes.subarray(0, message.length));
}

/** Reads what `sendMessage` made of a message. */
export function parseMessage(frame: Uint8Array): PipeMessage {
  const source = sourceOf(frame);
  const { view, bytes } = source;
  const attached = view.getUint32(12, true);
  const position = HEAD_BYTES + attached;
  return {
    ticket: view.getUint32(0, true),
    target: view.getUint32(4, true),
    kind: view.getUint8(8),
    flags: view.getUint8(9),
    source,
    position,
    attachments: attached === 0 ? undefined : (deserialize(bytes.subarray(HEAD_BYTES, position)) as unknown[]),
  };
}
