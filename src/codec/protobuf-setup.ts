import protobuf from 'protobufjs/minimal.js';

/**
 * 64-bit fields as plain numbers. protobufjs hands out Long objects whenever the package `long` is installed, whatever the
 * generated types say, and the generated code looks at it as it loads: so this module is imported before that one, and only
 * `wire.ts` imports that one. Numbers are exact to 2^53, which every 64-bit field of ours stays below.
 */
protobuf.util.Long = undefined as never;
protobuf.configure();
