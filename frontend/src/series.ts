/** From the server's signals ("sportsbr.signals/1") to what the chart draws. */

export const FORMAT = "sportsbr.signals/1";

export interface Signal {
  name: string;
  unit: string;
  values: (number | null)[];
  sd: (number | null)[];
}

export interface SignalTrack {
  track_id: number;
  time_s: number[];
  signals: Signal[];
}

export interface Signals {
  format: string;
  tracks: SignalTrack[];
}

export function checked(raw: Signals): Signals {
  if (raw.format !== FORMAT) throw new Error(`expected ${FORMAT}, got ${raw.format}`);
  return raw;
}

/** A signal with at least one value: the others would be an empty line in the list. */
export function drawable(track: SignalTrack): Signal[] {
  return track.signals.filter((signal) => signal.values.some((value) => value !== null));
}

/** The curve and the borders of its error bar (± one sd); unknown stays a gap. */
export function withBand(signal: Signal): {
  values: (number | null)[];
  high: (number | null)[];
  low: (number | null)[];
} {
  const shifted = (sign: number): (number | null)[] =>
    signal.values.map((value, i) => {
      const sd = signal.sd[i] ?? null;
      return value === null || sd === null ? null : value + sign * sd;
    });
  return { values: signal.values, high: shifted(1), low: shifted(-1) };
}

/** What to draw first: the wished ones that exist, else the first few angles. */
export function firstChoice(signals: readonly Signal[], wished: readonly string[]): string[] {
  const names = signals.map((signal) => signal.name);
  const there = wished.filter((name) => names.includes(name));
  if (there.length > 0) return there;
  return signals.filter((signal) => signal.unit === "deg").slice(0, 2).map((signal) => signal.name);
}
