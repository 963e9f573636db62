import { makeStyles } from '@material-ui/core/styles';

/**
 * How tabs within a page look. The theme of the portal lightens the tab under
 * the pointer until it is nearly white, in the dark theme too.
 */
export const useTabStyles = makeStyles(theme => ({
  tab: {
    minHeight: 36,
    minWidth: 64,
    padding: theme.spacing(0.5, 1.5),
    textTransform: 'none',
    color: theme.palette.text.secondary,
    '&:hover, &:focus-visible': {
      color: theme.palette.text.primary,
      background: theme.palette.action.hover,
    },
    '&[aria-selected="true"]': { color: theme.palette.text.primary },
  },
}));
