import type { CampaignResult } from './campaign';
import type { SimulatedStore } from './stores';

const SHOWN_FAILURES = 20;

/** What a campaign showed, for people. */
export function describeCampaign(
  store: SimulatedStore['kind'],
  from: number,
  result: CampaignResult,
  more: { missing: readonly string[]; seconds: number; cpuSeconds: number },
): string {
  const { histories, operations, runs, attempts, failures } = result;
  const last = from + histories - 1;
  const lines = [
    `Simulation on the ${store} store: ${histories} histories, seeds ${from} to ${last}`,
    `  ${operations} operations, ${runs} runs, ${attempts} attempts, ${more.seconds.toFixed(
      1,
    )} s (${more.cpuSeconds.toFixed(1)} s of processor)`,
    `  faults: ${named(result.faults)}`,
    `  paths: ${named(result.paths)}`,
    `  violations: ${failures.length}`,
  ];
  for (const { seed, violation } of failures.slice(0, SHOWN_FAILURES)) {
    lines.push(`  seed ${seed}: ${violation.rule}: ${violation.detail}`);
  }
  if (failures.length > SHOWN_FAILURES) {
    lines.push(`  and ${failures.length - SHOWN_FAILURES} more`);
  }
  for (const name of more.missing) {
    lines.push(`  NEVER HAPPENED: ${name}`);
  }
  return lines.join('\n');
}

function named(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, times]) => `${name} ${times}`)
    .join(', ');
}
