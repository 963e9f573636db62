import { FeastField } from '@maestro/plugin-feast-common';
import { FactTable } from '@maestro/plugin-peer-react';

/** Columns with their types and what they mean. */
export function FieldTable(props: { title: string; fields: FeastField[] }) {
  return (
    <FactTable
      title={`${props.title} (${props.fields.length})`}
      facts={props.fields.map(field => [
        field.name,
        [field.type.toLowerCase(), field.description]
          .filter(Boolean)
          .join(' · '),
      ])}
    />
  );
}
