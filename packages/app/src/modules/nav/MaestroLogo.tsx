import { makeStyles } from '@material-ui/core/styles';

const useStyles = makeStyles({
  root: {
    display: 'flex',
    alignItems: 'center',
    gap: 12,
    color: '#ffffff',
    textDecoration: 'none',
  },
  mark: {
    width: 28,
    height: 28,
    flexShrink: 0,
  },
  name: {
    fontSize: 20,
    fontWeight: 600,
    letterSpacing: 0.3,
  },
});

/** The mark of Maestro, with the name beside it where there is room. */
export const MaestroLogo = ({ withName }: { withName: boolean }) => {
  const classes = useStyles();
  return (
    <span className={classes.root}>
      <svg
        className={classes.mark}
        viewBox="0 0 32 32"
        aria-hidden="true"
        focusable="false"
      >
        <path
          d="M6 24V9l10 9 10-9v15"
          fill="none"
          stroke="currentColor"
          strokeWidth="3"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
        <circle cx="16" cy="18" r="3.4" fill="#5b9dff" />
      </svg>
      {withName && <span className={classes.name}>Maestro</span>}
    </span>
  );
};
