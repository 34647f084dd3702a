import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { quantile, rate, read_metrics } from '../../../server/web/src/admin/metrics.ts';
import { ceiling_of, path_of } from '../../../server/web/src/admin/plot.ts';

const metrics = (sent, counts) => `# HELP mpim_messages_sent_total Messages.
# TYPE mpim_messages_sent_total counter
mpim_messages_sent_total ${sent}
lat_bucket{le="0.001"} ${counts[0]}
lat_bucket{le="0.01"} ${counts[1]}
lat_bucket{door="a,b",le="+Inf"} ${counts[2]}
lat_sum 1e-3
broken line
`;

test('rates are what a counter grew in a second, and nothing when the server began anew', () => {
  const [one, two, three] = [read_metrics(metrics(100, [0, 0, 0]), 1_000), read_metrics(metrics(160, [0, 0, 0]), 3_000), read_metrics(metrics(5, [0, 0, 0]), 5_000)];
  assert.equal(rate('mpim_messages_sent_total', one, two), 30);
  assert.equal(rate('mpim_messages_sent_total', two, three), null);
  assert.equal(rate('no_such_total', one, two), null);
  assert.equal(rate('mpim_messages_sent_total', one, one), null);
  assert.equal(one.values.get('lat_sum'), 0.001);
});

test('quantiles are of what came between two looks', () => {
  const before = read_metrics(metrics(0, [1_000, 1_000, 1_000]), 1);
  const now = read_metrics(metrics(0, [1_090, 1_100, 1_100]), 2);
  assert.ok(Math.abs(quantile('lat', 0.45, before, now) - 0.0005) < 1e-9);
  assert.ok(Math.abs(quantile('lat', 0.95, before, now) - 0.0055) < 1e-9);
  assert.equal(quantile('lat', 0.99, before, before), null);
  assert.equal(quantile('other', 0.5, before, now), null);
  assert.equal(quantile('lat', 0.99, before, read_metrics(metrics(0, [1_000, 1_000, 1_001]), 2)), 0.01);
});

test('an axis ends at a round number, and a line has holes where nothing was seen', () => {
  assert.deepEqual([0, 0.7, 1, 3, 42, 1_800].map(ceiling_of), [1, 1, 1, 5, 50, 2_000]);
  assert.equal(path_of([], 10, 1), '');
  assert.equal(path_of([1, null, 1, 1], 4, 1).match(/M/g).length, 2);
  assert.equal(path_of([5, 5], 2, 1), path_of([1, 1], 2, 1)); // nothing leaves the frame
});

// WCAG 2.1, 1.4.3: 4.5 to 1 for text.
function contrast(one, other) {
  const light = (colour) => {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [bright, dark] = [light(one), light(other)].sort((a, b) => b - a);
  return (bright + 0.05) / (dark + 0.05);
}

test('text can be read on everything that it stands on, light and dark', () => {
  const styles = readFileSync(path.join(process.env.MPIM_SOURCE, 'server/web/src/style/tokens.css'), 'utf8');
  const themes = styles.split('{').filter((part) => part.includes('--page:')).map((part) => Object.fromEntries([...part.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map((one) => [one[1], one[2]])));
  assert.equal(themes.length, 3); // light, dark by choice, dark by the system
  assert.deepEqual(themes[1], themes[2]);
  for (const theme of themes) {
    for (const [text, grounds] of [['text', ['page', 'panel', 'sunken', 'chosen', 'own', 'danger-soft']], ['quiet', ['page', 'panel', 'hover', 'chosen', 'own']], ['accent', ['panel', 'page']], ['accent-text', ['accent']], ['danger', ['panel']], ['warn-text', ['warn-soft']], ['read', ['own']]])
      for (const ground of grounds) assert.ok(contrast(theme[text], theme[ground]) >= 4.5, `${text} on ${ground}: ${contrast(theme[text], theme[ground]).toFixed(2)}`);
  }
});
