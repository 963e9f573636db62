import { EntityRefLink } from '@backstage/plugin-catalog-react';
import { actorWords } from '@maestro/plugin-maestro-common';

/**
 * Who did something; people are linked to their page in the catalog.
 *
 * @public
 */
export function ActorName(props: { actor: string | undefined }) {
  const { actor } = props;
  return actor && /^user:[^/]+\/[^/]+$/.test(actor) ? (
    <EntityRefLink entityRef={actor} hideIcon disableTooltip />
  ) : (
    <>{actorWords(actor)}</>
  );
}
