/**
 * The form of a run's parameters, made from their JSON Schema. A file of its
 * own because it is loaded when a dialog opens: the form library is large.
 *
 * @packageDocumentation
 */
import Form from '@rjsf/material-ui';
import type { RJSFSchema } from '@rjsf/utils';
import validator from '@rjsf/validator-ajv8';

/** @internal */
export interface ParamsFormProps {
  /** Id by which a button outside submits the form. */
  id: string;
  schema: Record<string, unknown>;
  value: Record<string, unknown> | undefined;
  onChange: (value: Record<string, unknown>) => void;
  onSubmit: (value: Record<string, unknown>) => void;
  disabled?: boolean;
}

export default function ParamsForm(props: ParamsFormProps) {
  const { id, schema, value, onChange, onSubmit, disabled } = props;
  return (
    <Form
      id={id}
      schema={schema as RJSFSchema}
      // The schema's own title would repeat the dialog's, with a rule below.
      uiSchema={{
        'ui:label': false,
        'ui:submitButtonOptions': { norender: true },
      }}
      formData={value}
      validator={validator}
      disabled={disabled}
      showErrorList={false}
      noHtml5Validate
      // Each field says what is wrong with it; without this it also goes to the
      // console.
      onError={() => undefined}
      onChange={event => onChange(event.formData ?? {})}
      onSubmit={event => onSubmit(event.formData ?? {})}
    />
  );
}
