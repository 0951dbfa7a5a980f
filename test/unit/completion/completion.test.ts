/** What a shell completes: real bash is asked, with the script that it is given. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { completedCommands } from '../../../src/completion/flags.ts';
import { bashScript, fishScript, zshScript } from '../../../src/completion/scripts.ts';

const cli = join(import.meta.dirname, '../../../src/cli.ts');

/** What bash offers for the last of these words. */
function offered(...words: string[]): string[] {
  const line = ['dvc-injector', ...words].map((word) => `'${word}'`).join(' ');
  const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _dvc_injector; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const script = `${bashScript(completedCommands())}\n${ask}\n`;
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-u', '-c', script], { encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, '']);
  return stdout.split('\n').filter((word) => word !== '');
}

test('bash completes the commands', () => {
  assert.deepEqual(offered(''), ['webhook', 'fetch', 'check', 'inject', 'completion', '--help', '--version']);
  assert.deepEqual(offered('ch'), ['check']);
});

test('bash completes the flags of a command, and no others', () => {
  assert.deepEqual(offered('fetch', '--da'), ['--dataset', '--data-dir']);
  assert.deepEqual(offered('check', '--lo'), ['--local']);
  assert.deepEqual(offered('fetch', '--lo'), []);
  assert.deepEqual(offered('inject', '-'), ['--file', '-f', '--config', '--namespace', '-n', '--help']);
  assert.deepEqual(offered('completion', ''), ['bash', 'zsh', 'fish']);
});

test('bash completes files behind a flag that takes one, and nothing behind a name', () => {
  assert.deepEqual(offered('inject', '-f', '/etc/hostna'), ['/etc/hostname']);
  assert.deepEqual(offered('inject', '-n', ''), []);
});

test('zsh is given the same, by its own way to read it', () => {
  const [first, ...rest] = zshScript(completedCommands()).split('\n');
  assert.equal(first, 'autoload -U +X bashcompinit && bashcompinit');
  assert.equal(rest.join('\n'), bashScript(completedCommands()));
});

test('fish is given each flag in its own words', () => {
  const lines = fishScript(completedCommands()).split('\n');
  for (const line of [
    'complete -c dvc-injector -f -n __fish_use_subcommand -a fetch',
    "complete -c dvc-injector -n '__fish_seen_subcommand_from fetch' -l volume -r -F",
    "complete -c dvc-injector -n '__fish_seen_subcommand_from fetch' -l verify -f",
    "complete -c dvc-injector -n '__fish_seen_subcommand_from check' -s f -r -F",
    "complete -c dvc-injector -n '__fish_seen_subcommand_from fetch' -l data-dir -x",
  ]) {
    assert.ok(lines.includes(line), line);
  }
});

test('another shell, or none: 64 and which there are', () => {
  for (const args of [[], ['tcsh'], ['bash', 'zsh']]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'completion', ...args], { encoding: 'utf8' });
    assert.deepEqual([status, stdout], [64, '']);
    assert.match(stderr, /name one shell, bash, zsh or fish/);
  }
});

test('every command has its flags in the table', () => {
  const { stdout } = spawnSync(process.execPath, [cli, '--help'], { encoding: 'utf8' });
  const named = [...stdout.matchAll(/^ {2}dvc-injector (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual([...completedCommands().keys()], named);
});
