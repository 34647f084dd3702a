// What the server writes, and what it understands, is what the published schema says.
const { test } = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const Ajv = require('ajv/dist/2020').default;

const schema = JSON.parse(fs.readFileSync(process.env.MPIM_SCHEMA, 'utf8'));
// Each line: the definition that holds, a tab, the text.
const samples = fs.readFileSync(process.env.MPIM_JSON_SAMPLES, 'utf8').trim().split('\n').map((line) => {
  const tab = line.indexOf('\t');
  return { definition: line.slice(0, tab), text: line.slice(tab + 1) };
});

function validatorOf(definition) {
  const ajv = new Ajv({ strict: true, strictTypes: false, allErrors: true });
  ajv.addSchema(schema, 'websocket');
  return ajv.getSchema(`websocket#/$defs/${definition}`);
}

for (const definition of ['request', 'answer', 'push']) {
  test(`every sample of a ${definition} validates`, () => {
    const validate = validatorOf(definition);
    const texts = samples.filter((sample) => sample.definition === definition);
    assert.ok(texts.length > 10, `${texts.length} samples`);
    for (const { text } of texts) assert.ok(validate(JSON.parse(text)), text);
  });
}

test('the schema refuses what the server refuses', () => {
  const validate = validatorOf('request');
  for (const text of [
    '{"type":"chatt"}',
    '{"type":"ping","extra":1}',
    '{"type":"ping","id":1.5}',
    '{"type":"ping","payload":{"a":1}}',
    '{"type":"chat","payload":{"toUserId":1002.5,"content":"hi"}}',
    '{"type":"chat","payload":{"toUserId":null,"content":"hi"}}',
    '{"type":"history","payload":{"session_id":"7"}}',
  ]) assert.ok(!validate(JSON.parse(text)), text);
});
