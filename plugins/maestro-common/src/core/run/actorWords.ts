import { RUN_TIMEOUT } from './afterCancel';

/** Those who act without being asked, by the names the engine gives them. */
const OURS: Readonly<Record<string, string>> = {
  'maestro:scheduler': 'the scheduler',
  'maestro:first-run': 'the installation',
  'maestro:parent_run': 'the run that started it',
  'maestro:assets': 'an asset event',
  'maestro:overlap': 'a newer run',
  [RUN_TIMEOUT]: 'its timeout',
  'maestro:headless': 'the command that started it',
  seed: 'the configuration',
};

const NAMED = new RegExp(
  // Not in the address of a host: `feast-service:6566`.
  `(?<![\\w./-])(?:user:[\\w.-]+/|service:(?!\\d)|(?:${Object.keys(OURS)
    .filter(name => name.startsWith('maestro:'))
    .join('|')})\\b)[^\\s,;)]*`,
  'gi',
);

/**
 * Who did something, as people call them: `user:default/anna` is anna,
 * `service:external:maestro-cli` is maestro-cli. Without an actor it was
 * Maestro itself.
 *
 * @public
 */
export function actorWords(actor: string | undefined): string {
  if (!actor) {
    return 'Maestro';
  }
  if (OURS[actor]) {
    return OURS[actor];
  }
  if (actor.startsWith('run:')) {
    return `run ${actor.slice(-8)}`;
  }
  if (actor.startsWith('webhook:')) {
    return `the webhook ${actor.slice(8)}`;
  }
  const service = /^service:(?:(external|plugin):)?(.+)$/.exec(actor);
  if (service) {
    return service[1] === 'plugin' ? `the plugin ${service[2]}` : service[2];
  }
  const entity = /^[a-z]+:([^/]+)\/(.+)$/i.exec(actor);
  if (entity) {
    return entity[1] === 'default' ? entity[2] : `${entity[1]}/${entity[2]}`;
  }
  return actor;
}

/**
 * A sentence of the engine with the actors in it named as people call them.
 *
 * @public
 */
export function nameActors(text: string): string {
  return text.replace(NAMED, actor => {
    const end = /[.:]+$/.exec(actor)?.[0] ?? '';
    return actorWords(actor.slice(0, actor.length - end.length)) + end;
  });
}
