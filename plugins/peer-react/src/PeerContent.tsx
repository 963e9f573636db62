import { Content } from '@backstage/core-components';
import { makeStyles } from '@material-ui/core/styles';
import { ReactNode } from 'react';

const useStyles = makeStyles(theme => ({
  bar: {
    display: 'flex',
    alignItems: 'center',
    flexWrap: 'wrap',
    gap: theme.spacing(1, 2),
    minHeight: 40,
    marginBottom: theme.spacing(2),
  },
  space: { flexGrow: 1 },
}));

/**
 * The content of a page: a bar with what narrows the list at its left and
 * which server it is at its right, and the list.
 *
 * @public
 */
export function PeerContent(props: {
  filter: ReactNode;
  server: ReactNode;
  children: ReactNode;
}) {
  const classes = useStyles();
  return (
    <Content>
      <div className={classes.bar}>
        {props.filter}
        <div className={classes.space} />
        {props.server}
      </div>
      {props.children}
    </Content>
  );
}
