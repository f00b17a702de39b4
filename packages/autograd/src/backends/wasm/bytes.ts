/**
 * @file A growing row of bytes, with the number formats of the WebAssembly binary format (LEB128, text, float64).
 */
export class Bytes {
  #data = new Uint8Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(byte: number): this {
    this.#reserve(1);
    this.#data[this.#length++] = byte;
    return this;
  }

  append(other: Bytes): this {
    this.#reserve(other.#length);
    this.#data.set(other.#data.subarray(0, other.#length), this.#length);
    this.#length += other.#length;
    return this;
  }

  /** LEB128, seven bits a byte; `value` from 0 to 2³² - 1. */
  unsigned(value: number): this {
    let rest = value;
    while (rest >= 0x80) {
      this.push((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    return this.push(rest);
  }

  /** LEB128 of an int32. */
  signed(value: number): this {
    let rest = value | 0;
    for (;;) {
      const low = rest & 0x7f;
      rest >>= 7;
      const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
      this.push(done ? low : low | 0x80);
      if (done) return this;
    }
  }

  float64(value: number): this {
    for (const byte of new Uint8Array(Float64Array.of(value).buffer)) this.push(byte);
    return this;
  }

  /** A name in ASCII, its length before it. */
  text(name: string): this {
    this.unsigned(name.length);
    for (let i = 0; i < name.length; i++) this.push(name.charCodeAt(i));
    return this;
  }

  toArray(): Uint8Array<ArrayBuffer> {
    return this.#data.slice(0, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#data.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#data.length));
    grown.set(this.#data.subarray(0, this.#length));
    this.#data = grown;
  }
}
