// The page's few pictures, drawn with lines of the text's colour.
import { svg } from './dom';

const kPaths = {
  back: 'M14.5 5.5 8 12l6.5 6.5',
  close: 'm6.5 6.5 11 11m0-11-11 11',
  plus: 'M12 5.5v13M5.5 12h13',
  people: 'M9 11.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4M3.5 19a5.5 5.5 0 0 1 11 0M16 5.6a3 3 0 0 1 0 5.8m1.8 2.8A5 5 0 0 1 20.5 19',
  leave: 'M10 5H6a1.5 1.5 0 0 0-1.5 1.5v11A1.5 1.5 0 0 0 6 19h4m4.5-3.5L18 12l-3.5-3.5M18 12H9.5',
  theme: 'M19.5 14.2A7.8 7.8 0 0 1 9.8 4.5a7.8 7.8 0 1 0 9.7 9.7z',
  plot: 'M4.5 19.5h15M6.5 15l3.5-4.5 3 2.5 4.5-7',
  send: 'M5 12h13m-5.5-6 6 6-6 6',
  search: 'M10.8 17a6.2 6.2 0 1 0 0-12.4 6.2 6.2 0 0 0 0 12.4m4.5-1.7L19.5 19.5',
  clock: 'M12 19.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15M12 8v4.2l2.8 1.6',
  tick: 'm6.5 12.5 3.8 3.8 7.5-8.3',
  ticks: 'm3 12.5 3.6 3.6 7-8m-1.6 7.1 1 .9 7-8',
  warn: 'M12 8v5m0 2.8v.2M12 3.8 3 19.5h18z',
  more: 'M6 12h.01M12 12h.01M18 12h.01',
  down: 'M6 9.5l6 6 6-6',
} as const;
export type IconName = keyof typeof kPaths;

export function icon(name: IconName): SVGElement {
  const path = svg('path', { d: kPaths[name] });
  return svg('svg', { viewBox: '0 0 24 24', class: `icon icon-${name}`, 'aria-hidden': 'true', focusable: 'false' }, path);
}
