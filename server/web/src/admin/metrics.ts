// Reads the text that /metrics answers (Prometheus, 0.0.4), as far as the plots need it.

export interface Sample {
  at: number; // ms
  values: Map<string, number>; // series without labels
  buckets: Map<string, [number, number][]>; // histogram -> upper bound, count so far; ascending
}

export function read_metrics(text: string, at: number): Sample {
  const sample: Sample = { at, values: new Map(), buckets: new Map() };
  for (const line of text.split('\n')) {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{([^}]*)\})? (\S+)/.exec(line);
    if (match === null) continue;
    const [, name, labels, told] = match as unknown as [string, string, string | undefined, string];
    const value = Number(told);
    if (Number.isNaN(value)) continue;
    const bound = /(?:^|,)le="([^"]+)"/.exec(labels ?? '')?.[1];
    if (name.endsWith('_bucket') && bound !== undefined) {
      const key = name.slice(0, -'_bucket'.length);
      const list = sample.buckets.get(key) ?? [];
      list.push([bound === '+Inf' ? Infinity : Number(bound), value]);
      sample.buckets.set(key, list);
    } else {
      sample.values.set(name, (sample.values.get(name) ?? 0) + value);
    }
  }
  for (const list of sample.buckets.values()) list.sort((a, b) => a[0] - b[0]);
  return sample;
}

// How much a counter grew in a second; null where it was not there, or the server began anew.
export function rate(name: string, before: Sample, now: Sample): number | null {
  const from = before.values.get(name);
  const to = now.values.get(name);
  if (from === undefined || to === undefined || to < from || now.at <= before.at) return null;
  return ((to - from) * 1_000) / (now.at - before.at);
}

// The quantile of what a histogram saw between two looks, in its own unit, linear within a bucket;
// null when it saw nothing.
export function quantile(name: string, share: number, before: Sample, now: Sample): number | null {
  const to = now.buckets.get(name);
  if (to === undefined) return null;
  const from = new Map(before.buckets.get(name) ?? []);
  const grown = to.map(([bound, count]): [number, number] => [bound, count - (from.get(bound) ?? 0)]);
  const total = grown.at(-1)?.[1] ?? 0;
  if (total <= 0) return null;
  const wanted = share * total;
  let below = 0;
  let counted = 0;
  for (const [bound, count] of grown) {
    if (count >= wanted) {
      if (bound === Infinity) return below; // beyond the last bound: nobody knows how far
      return below + ((bound - below) * (wanted - counted)) / Math.max(count - counted, 1);
    }
    below = bound;
    counted = count;
  }
  return below;
}
