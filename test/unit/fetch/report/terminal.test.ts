/** That log lines and the live line share a terminal without ever mixing, and that no name in a repository commands it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../../src/fetch/report/log.ts';
import { drawn } from '../../../support/fetch/screen.ts';

/** A stream as `process.stdout` is one at a terminal, with what was written to it. */
function fakeTerminal(columns?: number) {
  const stream = {
    isTTY: true,
    fd: -1,
    text: '',
    ...(columns === undefined ? {} : { columns }),
    write(text: string) {
      stream.text += text;
    },
  };
  return stream as typeof stream & { columns?: number };
}

function open(out: ReturnType<typeof fakeTerminal>, environment: NodeJS.ProcessEnv = {}) {
  const log = createLog(out, environment);
  return { log, terminal: log.terminal ?? assert.fail('a terminal is expected') };
}

test('the live line is drawn in place, and a log line goes above it', () => {
  const out = fakeTerminal(80);
  const { log, terminal } = open(out);
  terminal.show(() => 'one of three');
  terminal.show(() => 'two');
  assert.deepEqual(drawn(out.text, 80), ['two']);
  log.info({ file: 'a' }, 'an event');
  const [event, live, ...rest] = drawn(out.text, 80);
  assert.match(event ?? '', /^\d\d:\d\d:\d\d an event {2}file=a$/);
  assert.equal(live, 'two');
  assert.deepEqual(rest, []);
  terminal.clear();
  assert.equal(drawn(out.text, 80).length, 1);
});

test('the live line leaves the last column free, follows a resize, and is cut where it does not fit', () => {
  const out = fakeTerminal(20);
  const { terminal } = open(out);
  const asked: number[] = [];
  const line = (width: number) => {
    asked.push(width);
    return 'x'.repeat(100);
  };
  terminal.show(line);
  assert.deepEqual(drawn(out.text, 20), ['x'.repeat(19)]);
  out.columns = 8;
  out.text = '';
  terminal.show(line);
  assert.deepEqual(drawn(out.text, 8), ['x'.repeat(7)]);
  assert.deepEqual(asked, [19, 7]);
});

test('a terminal that does not know its width counts as 80 columns wide', () => {
  for (const out of [fakeTerminal(), fakeTerminal(0)]) {
    open(out).terminal.show((width) => 'x'.repeat(width));
    assert.deepEqual(drawn(out.text, 80), ['x'.repeat(79)]);
  }
});

test('a dumb terminal gets no live line', () => {
  const out = fakeTerminal(80);
  const { log, terminal } = open(out, { TERM: 'dumb' });
  assert.equal(terminal.live, false);
  terminal.show(() => 'live');
  log.info('an event');
  terminal.clear();
  assert.match(out.text, /^\d\d:\d\d:\d\d an event\n$/);
});

test('control characters, line breaks and overrides of the reading direction never reach the terminal', () => {
  const hostile = 'a\u001b]0;title\u0007\r\nb\u009b2J\u202egnp.exe';
  const out = fakeTerminal(200);
  const { log, terminal } = open(out);
  log.warn({ name: hostile, nested: { name: hostile } }, hostile);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
  assert.doesNotMatch(out.text.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
  terminal.show(() => hostile);
  assert.match(drawn(out.text, 200).at(-1) ?? '', /^[ -~]*$/);
});
