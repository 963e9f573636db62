/** Indices of the arguments that hold one of these texts, ascending. */
export function argumentsWith(
  secrets: readonly string[],
  command: readonly string[],
): number[] {
  return command.flatMap((argument, index) =>
    secrets.some(secret => secret !== '' && argument.includes(secret))
      ? [index]
      : [],
  );
}
