#!/usr/bin/env node
import { BeatwatchError, messageOf } from './model/errors.js';

interface Command {
  readonly summary: string;
  readonly load: () => Promise<{ run(args: readonly string[]): Promise<number> }>;
}

/** Each command is a module of its own, loaded when it is asked for. */
const COMMANDS: Readonly<Record<string, Command>> = {
  serve: { summary: 'run the server', load: () => import('./commands/serve.js') },
  demo: {
    summary: 'run a server with a simulated fleet on a virtual clock, and print its alerts',
    load: () => import('./commands/demo.js'),
  },
  simulate: {
    summary: 'drive a running server with a seeded fleet of real clients',
    load: () => import('./commands/simulate.js'),
  },
  replay: {
    summary: "replay a recording through the trackers' sockets on a virtual clock",
    load: () => import('./commands/replay.js'),
  },
  watch: { summary: 'follow the alerts of a running server', load: () => import('./commands/watch.js') },
  token: { summary: 'make keys and tokens', load: () => import('./commands/token.js') },
  verify: {
    summary: 'check an archive against public keys: that nothing was changed, removed or added',
    load: () => import('./commands/verify.js'),
  },
  export: {
    summary: 'write traces, presence, visits or alerts to a file',
    load: () => import('./commands/export.js'),
  },
  archive: {
    summary: 'keep a span of an archive however old it gets, or release it',
    load: () => import('./commands/archive.js'),
  },
  report: {
    summary: 'write a report of settled days to a file, from a server or from an archive',
    load: () => import('./commands/report.js'),
  },
  whatif: {
    summary: 'fold recorded days under another plan, and print which alerts it would have told',
    load: () => import('./commands/whatif.js'),
  },
  log: { summary: 'make a log continue that is ahead of the clock', load: () => import('./commands/log.js') },
  district: {
    summary: 'make, check, compare and publish district folders',
    load: () => import('./commands/district.js'),
  },
};

/** A command that failed ends within this, whatever it has left open. */
const EXIT_WITHIN_MS = 2_000;

const HELP = ['help', '--help', '-h'];

/** 0: done. 1: it failed. 2: the words of the call are off. */
async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || HELP.includes(name)) {
    process.stdout.write(helpText());
    return name === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    process.stderr.write(
      `beatwatch: got ${JSON.stringify(name)}, expected one of ${Object.keys(COMMANDS).join(', ')}\n`,
    );
    return 2;
  }
  return await (await command.load()).run(args);
}

function helpText(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `beatwatch COMMAND [options]; beatwatch COMMAND --help prints its options\n\n${lines.join('\n')}\n`;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const usage = error instanceof BeatwatchError && error.code === 'usage';
  process.stderr.write(`beatwatch: ${messageOf(error)}\n`);
  if (!(error instanceof BeatwatchError))
    process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : ''}\n`);
  process.exitCode = usage ? 2 : 1;
  // What was begun before it failed must not keep the process: one that does not listen and does not end helps nobody.
  setTimeout(() => process.exit(), EXIT_WITHIN_MS).unref();
}
