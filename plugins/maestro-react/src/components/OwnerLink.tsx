import { EntityRefLink } from '@backstage/plugin-catalog-react';

/**
 * The owner of a pipeline, linked to its catalog page.
 *
 * @param props - `ownerRef`: entity reference; without a kind it is a group
 * @public
 */
export function OwnerLink(props: { ownerRef: string }) {
  return (
    <EntityRefLink
      entityRef={props.ownerRef}
      defaultKind="group"
      hideIcon
      disableTooltip
    />
  );
}
