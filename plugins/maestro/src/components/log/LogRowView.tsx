import { forwardRef } from 'react';
import { useTimeZone } from '@maestro/plugin-maestro-react';
import { LogLine, type LogLineProps } from './LogLine';
import { GroupLine, RecordLine } from './RecordLine';
import { recordOf, type ShownRow } from './recordRows';

/** @internal */
export interface LogRowViewProps extends Omit<LogLineProps, 'row'> {
  shown: ShownRow;
  isRaw: boolean;
  isOpen: boolean;
  onToggle: (key: string) => void;
}

/** A row of a log: as a group, as a record, or as it was written. */
export const LogRowView = forwardRef<HTMLDivElement, LogRowViewProps>(
  (props, ref) => {
    const { shown, isRaw, isOpen, onToggle, ...rest } = props;
    const { row, group, isInside } = shown;
    const { zone } = useTimeZone();
    const line = { ...rest, row, isInside, ref };
    if (isRaw) return <LogLine {...line} />;
    if (group) {
      return (
        <GroupLine
          {...line}
          group={group}
          isOpen={isOpen}
          onToggle={onToggle}
        />
      );
    }
    const record = recordOf(row);
    return record ? (
      <RecordLine
        {...line}
        record={record}
        zone={zone}
        // A match may stand in what is folded.
        isOpen={isOpen || rest.current}
        onToggle={onToggle}
      />
    ) : (
      <LogLine {...line} />
    );
  },
);
