import { Fragment } from 'react';

/**
 * A name that breaks after `_`, `-`, `.` and `/` where there is not enough
 * room, instead of in the middle of a word.
 *
 * @public
 */
export function BreakableName(props: { name: string }) {
  return (
    <>
      {props.name.split(/(?<=[_\-./])/).map((part, i) => (
        <Fragment key={i}>
          {i > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </>
  );
}
