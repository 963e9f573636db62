import { useEffect, useState } from 'react';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { MarkdownContent } from '@backstage/core-components';
import { parseCsv, reportDocument, reportKind } from './reportDocument';
import { VegaLiteView } from './VegaLiteView';

/** Rows of a table that are shown. */
const ROWS = 500;

const useStyles = makeStyles(theme => ({
  frame: {
    width: '100%',
    height: '70vh',
    minHeight: 420,
    border: `1px solid ${theme.palette.divider}`,
    borderRadius: 4,
    // Reports are written for paper.
    backgroundColor: '#ffffff',
  },
  scroll: { overflow: 'auto', maxHeight: '70vh' },
  image: { maxWidth: '100%', backgroundColor: '#ffffff' },
  table: {
    borderCollapse: 'collapse',
    fontSize: theme.typography.pxToRem(13),
    '& td': {
      border: `1px solid ${theme.palette.divider}`,
      padding: theme.spacing(0.25, 1),
    },
  },
}));

/** @internal */
export interface ReportViewProps {
  title: string;
  contentType: string;
  content: Blob;
}

/** A report, shown so that whatever a task wrote can do nothing. */
export function ReportView(props: ReportViewProps) {
  const { title, contentType, content } = props;
  const classes = useStyles();
  const kind = reportKind(contentType);
  const [text, setText] = useState<string>();
  const [imageUrl, setImageUrl] = useState<string>();
  useEffect(() => {
    if (kind === 'image') {
      const url = URL.createObjectURL(
        new Blob([content], { type: contentType }),
      );
      setImageUrl(url);
      return () => URL.revokeObjectURL(url);
    }
    let current = true;
    content.text().then(value => current && setText(value));
    return () => {
      current = false;
    };
  }, [content, contentType, kind]);

  if (kind === undefined) {
    return (
      <Typography color="textSecondary">
        This kind of report ({contentType}) cannot be shown; it can be
        downloaded.
      </Typography>
    );
  }
  if (kind === 'image') {
    return imageUrl ? (
      <img src={imageUrl} alt={title} className={classes.image} />
    ) : null;
  }
  if (text === undefined) {
    return null;
  }
  switch (kind) {
    case 'html':
      return (
        <iframe
          title={title}
          sandbox=""
          referrerPolicy="no-referrer"
          srcDoc={reportDocument(text)}
          className={classes.frame}
        />
      );
    case 'markdown':
      return (
        <div className={classes.scroll}>
          <MarkdownContent content={text} />
        </div>
      );
    case 'vega-lite':
      return <VegaLiteView title={title} text={text} />;
    case 'csv':
      return <CsvTable text={text} />;
    default:
      return <pre className={classes.scroll}>{pretty(text, kind)}</pre>;
  }
}

function CsvTable(props: { text: string }) {
  const classes = useStyles();
  const rows = parseCsv(props.text, ROWS + 1);
  return (
    <div className={classes.scroll}>
      <table className={classes.table}>
        <tbody>
          {rows.slice(0, ROWS).map((row, i) => (
            <tr key={i}>
              {row.map((field, j) => (
                <td key={j}>{field}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > ROWS && (
        <Typography variant="body2" color="textSecondary">
          The first {ROWS} rows; the download has all.
        </Typography>
      )}
    </div>
  );
}

function pretty(text: string, kind: string): string {
  if (kind !== 'json') {
    return text;
  }
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    // Not JSON after all: shown as it is.
    return text;
  }
}
