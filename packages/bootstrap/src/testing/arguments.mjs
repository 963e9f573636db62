/** What `npm test -- --help` prints. */
export const HELP = `npm test [-- options]

  --fast          format, lint, types, unit tests (at most 8 minutes)
  (nothing)       all functional suites
  --long          these, and mutation, soak and large data
  --only a,b      only these suites
  --list          the suites, then nothing

  MAESTRO_SKIP_SUITES=a,b   leaves suites out by name
`;

/**
 * Reads the command line of npm test.
 *
 * @returns `{ tier, only, skip, list, help }`
 * @throws for an option that does not exist, so that a typo is not a green run
 */
export function parseTestArguments(args, env) {
  const names = text =>
    text
      .split(',')
      .map(one => one.trim())
      .filter(Boolean);
  const parsed = {
    tier: 'full',
    only: [],
    skip: names(env.MAESTRO_SKIP_SUITES ?? ''),
    list: false,
    help: false,
  };
  const rest = [...args];
  while (rest.length) {
    const argument = rest.shift();
    const [option, ...value] = argument.split('=');
    if (option === '--fast') parsed.tier = 'fast';
    else if (option === '--long') parsed.tier = 'long';
    else if (option === '--list') parsed.list = true;
    else if (option === '--help' || option === '-h') parsed.help = true;
    else if (option === '--only') {
      const given = value.length ? value.join('=') : rest.shift();
      const ids = names(given ?? '');
      if (!ids.length)
        throw new Error(
          '--only needs the ids of suites, e.g. --only unit,lint.',
        );
      parsed.only.push(...ids);
    } else
      throw new Error(`${argument} is not an option of npm test.\n\n${HELP}`);
  }
  return parsed;
}
