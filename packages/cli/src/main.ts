import { Context } from './Context';
import { runCommand } from './program';

/** Put in by the build, from the package. */
declare const MAESTRO_VERSION: string;

const { stdin, stdout, stderr } = process;
// A broken pipe shows as an error of the write that meets it.
stdout.on('error', () => {});
stderr.on('error', () => {});

// The bundle is one file: this is the folder that the build wrote it to.
// eslint-disable-next-line no-restricted-syntax
const commandDir = __dirname;
const context = new Context(
  { env: process.env, cwd: process.cwd(), commandDir },
  { stdin, stdout, stderr },
);

runCommand(context, MAESTRO_VERSION, process.argv.slice(2)).then(code => {
  // What is kept open (sockets for the next request) is of no use any more.
  stdout.write('', () => process.exit(code));
});
