import { ByteWriter } from './byte-writer.ts';
import * as tag from './codec-tags.ts';

/** Writes what is no object, and lists of it. */
export class ScalarWriter extends ByteWriter {
  number(value: number): void {
    const bytes = this.bytes;
    if ((value | 0) !== value || (value === 0 && 1 / value < 0)) {
      bytes[this.position] = tag.FLOAT64;
      this.view.setFloat64(this.position + 1, value, true);
      this.position += 9;
    } else if (value >= 0 && value <= tag.INTEGER_MAX) {
      bytes[this.position++] = value;
    } else {
      bytes[this.position] = tag.INT32;
      this.view.setInt32(this.position + 1, value, true);
      this.position += 5;
    }
  }

  string(value: string): void {
    const length = value.length;
    if (length > tag.SHORT_STRING_MAX) {
      this.#longString(value);
      return;
    }
    if (this.limit - this.position <= length) this.reserve(length + 1);
    const bytes = this.bytes;
    const start = this.position + 1;
    for (let index = 0; index < length; index += 1) {
      const unit = value.charCodeAt(index);
      if (unit > 0xff) {
        this.#longString(value);
        return;
      }
      bytes[start + index] = unit;
    }
    bytes[start - 1] = tag.SHORT_STRING + length;
    this.position = start + length;
  }

  #longString(value: string): void {
    // In UTF-8 every character but ASCII takes more than one byte.
    const ascii = Buffer.byteLength(value) === value.length;
    const size = ascii ? value.length : value.length * 2;
    this.reserve(size + 5);
    this.bytes[this.position] = ascii ? tag.LATIN1 : tag.UTF16;
    this.view.setUint32(this.position + 1, value.length, true);
    this.position += 5;
    if (ascii) this.bytes.latin1Write(value, this.position, size);
    else this.bytes.ucs2Write(value, this.position, size);
    this.position += size;
  }

  bigint(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) {
      this.bytes[this.position] = tag.BIGINT64;
      this.view.setBigInt64(this.position + 1, value, true);
      this.position += 9;
    } else {
      this.bytes[this.position++] = tag.BIGINT;
      this.string(value.toString(16));
    }
  }

  /** Numbers side by side, without a tag each; false, with nothing written, if not all are numbers. */
  numbers(values: readonly unknown[]): boolean {
    const { length } = values;
    const start = this.position;
    this.reserve(5 + length * 8);
    const { view } = this;
    let at = start + 5;
    let index = 0;
    for (; index < length; index += 1, at += 4) {
      const value = values[index];
      if (typeof value !== 'number' || (value | 0) !== value || (value === 0 && 1 / value < 0)) break;
      view.setInt32(at, value, true);
    }
    const integers = index === length;
    if (!integers) {
      at = start + 5;
      for (index = 0; index < length; index += 1, at += 8) {
        const value = values[index];
        if (typeof value !== 'number') return false;
        view.setFloat64(at, value, true);
      }
    }
    this.bytes[start] = integers ? tag.INT32S : tag.FLOAT64S;
    view.setUint32(start + 1, length, true);
    this.position = at;
    return true;
  }
}
