/** How long a transfer will still take, from what it did lately. */

const MEMORY_S = 8;

export class Transfer {
  private last: { bytes: number; time_s: number } | null = null;
  private rate: number | null = null;

  constructor(private readonly total: number) {}

  /** Seconds left, or null while that cannot be told. `time_s` is any clock that only rises. */
  update(bytes: number, time_s: number): number | null {
    if (this.last === null || bytes < this.last.bytes) {
      this.last = { bytes, time_s };
      return null;
    }
    const elapsed = time_s - this.last.time_s;
    if (elapsed < 0.25) return this.left(bytes);
    const now = (bytes - this.last.bytes) / elapsed;
    const weight = 1 - Math.exp(-elapsed / MEMORY_S);
    this.rate = this.rate === null ? now : this.rate + weight * (now - this.rate);
    this.last = { bytes, time_s };
    return this.left(bytes);
  }

  private left(bytes: number): number | null {
    if (this.rate === null || this.rate <= 0) return null;
    return Math.max(0, this.total - bytes) / this.rate;
  }
}
