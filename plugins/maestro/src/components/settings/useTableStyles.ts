import { makeStyles } from '@material-ui/core/styles';

/** How the plain tables of connections and variables look. */
export const useTableStyles = makeStyles(theme => ({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(1.5),
    marginBottom: theme.spacing(2),
  },
  space: { flex: 1 },
  scroll: { overflowX: 'auto' },
  table: {
    width: '100%',
    minWidth: 860,
    borderCollapse: 'collapse',
    fontSize: theme.typography.pxToRem(14),
    '& th': {
      textAlign: 'left',
      fontWeight: 400,
      fontSize: theme.typography.pxToRem(12),
      color: theme.palette.text.secondary,
      padding: theme.spacing(1, 1.5),
    },
    '& td': {
      padding: theme.spacing(0.75, 1.5),
      borderTop: `1px solid ${theme.palette.divider}`,
      verticalAlign: 'top',
    },
    '& tbody tr:hover': { backgroundColor: theme.palette.action.hover },
  },
  // Addresses and values have no spaces to break at.
  long: { overflowWrap: 'anywhere', minWidth: 140 },
  marked: { boxShadow: `inset 3px 0 0 ${theme.palette.primary.main}` },
  open: {
    font: 'inherit',
    fontWeight: 600,
    color: theme.palette.link ?? theme.palette.primary.main,
    background: 'none',
    border: 0,
    padding: 0,
    cursor: 'pointer',
    textAlign: 'left',
    '&:hover': { textDecoration: 'underline' },
  },
  // Stays in sight where the table is wider than the window.
  actions: {
    whiteSpace: 'nowrap',
    textAlign: 'right',
    position: 'sticky',
    right: 0,
    backgroundColor: theme.palette.background.paper,
  },
}));
