// A line plot over time, in SVG, so that its colours are the page's. Some lines of its own instead of
// a library: it shows at most a few hundred points of at most three series.
import { clock, el, set, set_text, svg } from '../view/dom';

export interface Series {
  name: string;
  values: (number | null)[]; // null: nothing was seen
}

const kWidth = 380;
const kHeight = 150;
const kLeft = 50;
const kBottom = 20;
const kTop = 8;

// The next number above that reads well on an axis: 1, 2 or 5 times a power of ten.
export function ceiling_of(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 2, 5]) if (value <= step * power) return step * power;
  return 10 * power;
}

// The path through the values; a hole where nothing was seen.
export function path_of(values: (number | null)[], places: number, top: number): string {
  const width = kWidth - kLeft - 4;
  const height = kHeight - kTop - kBottom;
  let path = '';
  let drawing = false;
  values.forEach((value, at) => {
    if (value === null) {
      drawing = false;
      return;
    }
    const x = kLeft + (width * (at + places - values.length)) / Math.max(places - 1, 1);
    const y = kTop + height * (1 - Math.min(value / top, 1));
    path += `${drawing ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}${drawing ? '' : 'h0'}`; // alone: a dot
    drawing = true;
  });
  return path;
}

export interface Plot {
  root: HTMLElement;
  // At most `places` values of each; the axis begins with a fifth of them and grows.
  update(series: Series[], times: number[], places: number): void;
}

export function plot(title: string, written: (value: number) => string): Plot {
  const now = el('span', { class: 'now' });
  const legend = el('div', { class: 'legend' });
  const frame = svg('svg', { viewBox: `0 0 ${kWidth} ${kHeight}`, class: 'plot', role: 'img' });
  const root = el('figure', { class: 'card figure' }, el('figcaption', {}, el('span', {}, title), now), legend);
  root.append(frame);

  function grid(top: number, times: number[]): SVGElement[] {
    const height = kHeight - kTop - kBottom;
    const drawn: SVGElement[] = [];
    for (const share of [0, 0.5, 1]) {
      const y = kTop + height * (1 - share);
      drawn.push(svg('line', { x1: kLeft, x2: kWidth - 4, y1: y, y2: y, class: 'grid' }));
      const label = svg('text', { x: kLeft - 6, y: y + 4, class: 'axis end' });
      label.textContent = written(top * share);
      drawn.push(label);
    }
    const first = times[0];
    const last = times.at(-1);
    if (first === undefined || last === undefined) return drawn;
    const from = svg('text', { x: kLeft, y: kHeight - 4, class: 'axis' });
    from.textContent = clock(first);
    const to = svg('text', { x: kWidth - 4, y: kHeight - 4, class: 'axis end' });
    to.textContent = clock(last);
    if (clock(first) !== clock(last)) drawn.push(from);
    drawn.push(to);
    return drawn;
  }

  return {
    root,
    update(series, times, places_max) {
      const places = Math.max(times.length, places_max / 5);
      const seen = series.flatMap((one) => one.values).filter((value): value is number => value !== null);
      const top = ceiling_of(Math.max(0, ...seen));
      const paths = series.map((one, at) => svg('path', { d: path_of(one.values, places, top), class: `series series-${at}` }));
      frame.replaceChildren(...grid(top, times), ...paths);
      const newest = series.map((one) => one.values.at(-1) ?? null);
      const said = newest.map((value) => (value === null ? 'none' : written(value)));
      set_text(now, series.length === 1 ? said[0]! : '');
      const named = series.length === 1 ? [] : series;
      legend.replaceChildren(...named.map((one, at) => el('span', { class: `key series-${at}` }, `${one.name} ${said[at]}`)));
      set(frame, 'aria-label', `${title}: ${series.map((one, at) => `${one.name} ${said[at]}`).join(', ')}`);
    },
  };
}
